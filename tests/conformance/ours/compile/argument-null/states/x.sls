a:
  test.nop:
    -
