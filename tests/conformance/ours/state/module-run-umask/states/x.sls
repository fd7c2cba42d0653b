a:
  module.run:
    - cmd.run:
      - cmd: touch @SCRATCH@/f
    - umask: '0077'
b:
  module.run:
    - cmd.run:
      - cmd: touch @SCRATCH@/g
    - require: [module: a]
