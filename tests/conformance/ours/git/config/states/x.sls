new:
  git.config_set:
    - name: user.email
    - value: a@b
    - repo: '@SCRATCH@/repo'
several:
  git.config_set:
    - name: foo.bar
    - multivar: [x, y]
    - repo: '@SCRATCH@/repo'
no_repo:
  git.config_set:
    - name: user.email
    - value: x
both:
  git.config_set:
    - name: user.email
    - value: x
    - multivar: [y]
    - repo: '@SCRATCH@/repo'
