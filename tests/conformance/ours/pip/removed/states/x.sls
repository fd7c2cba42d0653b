attrs:
  pip.removed:
    - bin_env: '@SCRATCH@/bin/pip'
nothing:
  pip.removed:
    - bin_env: '@SCRATCH@/bin/pip'
