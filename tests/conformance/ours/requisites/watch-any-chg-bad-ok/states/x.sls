a:
  test.nop:
    - watch_any: [test: b, test: c, test: d]
b: {test.succeed_with_changes: []}
c: {test.fail_without_changes: []}
d: {test.succeed_without_changes: []}
