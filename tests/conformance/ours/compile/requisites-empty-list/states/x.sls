a:
  test.nop:
    - require: []
