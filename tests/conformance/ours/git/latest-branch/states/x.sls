latest:
  git.latest:
    - name: '@SCRATCH@/up'
    - target: '@SCRATCH@/clone'
    - rev: stable
    - branch: stable
