latest:
  git.latest:
    - name: '@SCRATCH@/up'
    - target: '@SCRATCH@/clone'
    - bare: True
