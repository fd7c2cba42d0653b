latest:
  git.latest:
    - name: '@SCRATCH@/nothing'
    - target: '@SCRATCH@/clone'
