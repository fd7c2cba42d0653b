a:
  test.nop:
    - require: [b]
b:
  test.nop: []
  cmd.run:
    - name: "true"
