a:
  test.nop:
    - names: p
