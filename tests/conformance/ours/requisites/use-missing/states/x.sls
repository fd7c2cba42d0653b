a:
  test.nop:
    - use: [test: nope]
