a:
  test.nop: []
  cmd.run:
    - name: echo x
