v:
  git.detached:
    - name: '@SCRATCH@/up'
    - target: '@SCRATCH@/clone'
    - rev: {{ pillar.rev }}
