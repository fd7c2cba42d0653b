a:
  test.nop:
    - names: {p: 1}
