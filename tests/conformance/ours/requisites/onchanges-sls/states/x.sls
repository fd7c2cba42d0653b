include: [y]
a:
  test.nop:
    - onchanges: [sls: y]
