a:
  test.nop:
    - onfail_any: [test: b, test: c]
b: {test.fail_without_changes: []}
c: {test.fail_with_changes: []}
