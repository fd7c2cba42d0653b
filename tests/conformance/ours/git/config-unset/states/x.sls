set:
  git.config_set:
    - name: foo.bar
    - multivar: [x, y]
    - repo: '@SCRATCH@/repo'
several:
  git.config_unset:
    - name: foo.bar
    - repo: '@SCRATCH@/repo'
    - require: [{git: set}]
nothing:
  git.config_unset:
    - name: no.thing
    - repo: '@SCRATCH@/repo'
