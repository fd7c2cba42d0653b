in_the_way:
  archive.extracted:
    - name: '@SCRATCH@/out'
    - source: '@SCRATCH@/app.tar.gz'
clean:
  archive.extracted:
    - name: '@SCRATCH@/clean'
    - source: '@SCRATCH@/app.tar.gz'
    - clean: True
clean_parent:
  archive.extracted:
    - name: '@SCRATCH@/parent'
    - source: '@SCRATCH@/app.tar.gz'
    - clean_parent: True
overwrite:
  archive.extracted:
    - name: '@SCRATCH@/again'
    - source: '@SCRATCH@/app.tar.gz'
    - overwrite: True
