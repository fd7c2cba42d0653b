a:
  test.nop:
    - listen: [test: nope]
b: {test.succeed_with_changes: []}
