new:
  pip.installed:
    - name: Flask
    - bin_env: '@SCRATCH@/bin/pip'
several:
  pip.installed:
    - pkgs: ['requests==2.1', six]
    - bin_env: '@SCRATCH@/bin/pip'
there:
  pip.installed:
    - name: six>=1.0,<2
    - bin_env: '@SCRATCH@/bin/pip'
other_version:
  pip.installed:
    - name: attrs==3.0
    - bin_env: '@SCRATCH@/bin/pip'
