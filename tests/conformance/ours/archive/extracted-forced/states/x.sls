forced:
  archive.extracted:
    - name: '@SCRATCH@/forced'
    - source: '@SCRATCH@/app.tar.gz'
    - force: True
