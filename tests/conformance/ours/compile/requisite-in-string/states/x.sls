a:
  test.nop:
    - require_in: b
b: {test.nop: []}
