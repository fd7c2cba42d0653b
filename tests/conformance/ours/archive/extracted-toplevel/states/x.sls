bomb:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/bomb.tar.gz'
    - enforce_toplevel: False
    - trim_output: 2
options:
  archive.extracted:
    - name: '@SCRATCH@/stripped'
    - source: '@SCRATCH@/app.tar.gz'
    - options: --strip-components=1
    - enforce_toplevel: False
