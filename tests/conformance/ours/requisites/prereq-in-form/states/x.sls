a:
  test.nop:
    - prereq_in: [test: b]
b: {test.succeed_with_changes: []}
