relative:
  archive.extracted:
    - name: out
    - source: '@SCRATCH@/app.tar.gz'
missing:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/nothing.tar.gz'
unknown:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/f.bin'
format:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - archive_format: arj
bomb:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/bomb.tar.gz'
file:
  archive.extracted:
    - name: '@SCRATCH@/f.bin'
    - source: '@SCRATCH@/app.tar.gz'
password:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - password: secret
owner:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - user: nobody-here
if_missing:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - if_missing: '@SCRATCH@/f.bin'
both:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - skip_verify: True
    - skip_files_list_verify: True
'on':
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - enforce_ownership_on: /elsewhere
no_hash:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
    - source_hash: nonsense
list:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: ['@SCRATCH@/x.tar', salt://y.tar]
