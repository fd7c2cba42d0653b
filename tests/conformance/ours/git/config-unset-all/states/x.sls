several:
  git.config_unset:
    - name: foo.bar
    - repo: '@SCRATCH@/repo'
    - all: True
