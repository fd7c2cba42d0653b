new:
  git.cloned:
    - name: '@SCRATCH@/up'
    - target: '@SCRATCH@/clone'
