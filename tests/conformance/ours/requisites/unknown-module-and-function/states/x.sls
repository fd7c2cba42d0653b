a:
  nosuch.fun: []
b:
  test.nosuch: []
c:
  test.nop:
    - require: [nosuch: a]
d:
  test.nop:
    - onfail: [test: b]
