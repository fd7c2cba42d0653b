a:
  test.nop:
    - 5: x
