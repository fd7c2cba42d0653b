a:
  test.succeed_with_changes:
    - onchanges_in: [test: b, test: c]
b: {test.nop: []}
c: {test.nop: []}
