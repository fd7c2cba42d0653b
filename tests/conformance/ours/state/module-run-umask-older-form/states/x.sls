a:
  module.run:
    - name: cmd.run
    - cmd: touch @SCRATCH@/f
    - umask: '0077'
