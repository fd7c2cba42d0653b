a:
  test.nop:
    - names: [p, p, q]
