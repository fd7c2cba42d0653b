empty:
  file.pruned:
    - name: '@SCRATCH@/empty'
deep:
  file.pruned:
    - name: '@SCRATCH@/deep'
    - recurse: True
full:
  file.pruned:
    - name: '@SCRATCH@/full'
some:
  file.pruned:
    - name: '@SCRATCH@/some'
    - ignore_errors: True
missing:
  file.pruned:
    - name: '@SCRATCH@/nothing'
