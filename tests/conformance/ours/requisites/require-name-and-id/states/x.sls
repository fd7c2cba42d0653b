a:
  test.nop:
    - require: [test: the-name]
b:
  test.nop:
    - name: the-name
