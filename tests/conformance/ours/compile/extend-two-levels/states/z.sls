a:
  test.nop:
    - p: 1
