fails:
  pip.installed:
    - name: broken
    - bin_env: '@SCRATCH@/bin/pip'
