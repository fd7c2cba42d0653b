path:
  file.cached:
    - name: '@SCRATCH@/f'
hashed:
  file.cached:
    - name: '@SCRATCH@/f'
    - source_hash: md5=5bbf5a52328e7439ae6e719dfe712200
wrong:
  file.cached:
    - name: '@SCRATCH@/f'
    - source_hash: md5=5bbf5a52328e7439ae6e719dfe712201
missing:
  file.cached:
    - name: '@SCRATCH@/g'
no_hash:
  file.cached:
    - name: https://bob:secret@example.org/f
gone:
  file.not_cached:
    - name: '@SCRATCH@/f'
not_there:
  file.not_cached:
    - name: https://example.org/f
