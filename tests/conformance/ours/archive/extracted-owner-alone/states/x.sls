already:
  archive.extracted:
    - name: '@SCRATCH@/there'
    - source: '@SCRATCH@/app.tar.gz'
    - user: daemon
