a:
  test.nop:
    - onchanges_any: [test: b, test: c]
b: {test.succeed_without_changes: []}
c: {test.fail_with_changes: []}
