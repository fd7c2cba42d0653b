salt:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: salt://app.tar.gz
listed:
  archive.extracted:
    - name: '@SCRATCH@/two'
    - source:
      - salt://nothing.tar.gz
      - salt://app.tar.gz
