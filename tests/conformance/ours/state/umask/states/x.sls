closed:
  file.managed:
    - name: '@SCRATCH@/closed/file'
    - contents: x
    - makedirs: True
    - umask: '077'
asked:
  file.managed:
    - name: '@SCRATCH@/asked'
    - contents: x
    - mode: '0664'
    - umask: 077
command:
  cmd.run:
    - name: touch '@SCRATCH@/touched'
    - umask: 027
bad:
  test.nop:
    - umask: 99
