right:
  archive.extracted:
    - name: '@SCRATCH@/right'
    - source: '@SCRATCH@/app.tar.gz'
    - source_hash: sha256=b55f7dfe0210985b83c3339d83c785532cb60df1261a36bd20c0438e70b1b3c3
wrong:
  archive.extracted:
    - name: '@SCRATCH@/wrong'
    - source: '@SCRATCH@/app.tar.gz'
    - source_hash: sha256=3c3b1b07e8340c02db63a1621fd06bc235587c38d9333c38b5890120efd7f55b
file:
  archive.extracted:
    - name: '@SCRATCH@/file'
    - source: '@SCRATCH@/app.tar.gz'
    - source_hash: '@SCRATCH@/sums'
