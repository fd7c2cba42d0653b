v1:
  git.detached:
    - name: '@SCRATCH@/up'
    - target: '@SCRATCH@/clone'
    - rev: v1
