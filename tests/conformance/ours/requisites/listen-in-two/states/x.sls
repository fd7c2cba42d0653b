a:
  test.succeed_with_changes:
    - listen_in: [test: b, test: c]
b: {test.nop: []}
c: {test.nop: []}
