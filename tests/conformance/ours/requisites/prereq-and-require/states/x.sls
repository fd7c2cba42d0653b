a:
  test.succeed_with_changes:
    - prereq: [test: b]
    - require: [test: c]
b: {test.succeed_with_changes: []}
c: {test.succeed_without_changes: []}
