a:
  test.nop:
    - names: [p, q]
    - listen: [test: c]
c: {test.succeed_with_changes: []}
