latest:
  git.latest:
    - name: '@SCRATCH@/up'
    - target: '@SCRATCH@/clone'
    - rev: main
    - force_reset: True
    - force_fetch: True
