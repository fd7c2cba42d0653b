a:
  test.nop:
    - require: [test: "b*"]
b1: {test.succeed_without_changes: []}
b2: {test.fail_without_changes: []}
