a:
  test.succeed_with_changes:
    - prereq: [test: b, test: c]
b: {test.succeed_without_changes: []}
c: {test.succeed_with_changes: []}
