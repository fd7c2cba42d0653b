z:
  test.nop:
    - require: [test: b, test: a]
a: {test.nop: []}
b: {test.nop: []}
