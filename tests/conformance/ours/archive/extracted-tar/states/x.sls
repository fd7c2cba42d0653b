local:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
