a:
  test.nop:
    - failhard: true
b: {test.nop: []}
