include: [y]
a:
  test.nop:
    - require: [sls: y]
