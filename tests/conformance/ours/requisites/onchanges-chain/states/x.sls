a:
  test.succeed_with_changes:
    - onchanges: [test: b]
b:
  test.succeed_with_changes:
    - onchanges: [test: c]
c: {test.succeed_with_changes: []}
d:
  test.nop:
    - onchanges: [test: a]
