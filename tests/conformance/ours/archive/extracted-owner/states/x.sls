given:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - user: nobody
    - group: nogroup
