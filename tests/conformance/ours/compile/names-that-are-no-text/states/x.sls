a:
  test.nop:
    - names: [1, b, yes, 2.5]
