single:
  pip.installed:
    - name: django=1
    - bin_env: '@SCRATCH@/bin/pip'
no_user:
  pip.installed:
    - name: six
    - user: nobody-here
    - bin_env: '@SCRATCH@/bin/pip'
