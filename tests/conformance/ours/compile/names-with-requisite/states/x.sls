a:
  test.nop:
    - names: [p, q]
    - require: [test: b]
b: {test.nop: []}
