a:
  test.nop:
    - listen: [test: c]
b:
  test.nop:
    - listen: [test: c]
c: {test.succeed_with_changes: []}
