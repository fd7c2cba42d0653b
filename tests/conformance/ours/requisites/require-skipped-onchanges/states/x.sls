a:
  test.nop:
    - require: [test: b]
b:
  test.nop:
    - onchanges: [test: c]
c: {test.succeed_without_changes: []}
