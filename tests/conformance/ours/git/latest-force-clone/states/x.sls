latest:
  git.latest:
    - name: '@SCRATCH@/up'
    - target: '@SCRATCH@/full'
    - force_clone: True
