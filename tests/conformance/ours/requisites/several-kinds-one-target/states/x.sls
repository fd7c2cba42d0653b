a:
  test.nop:
    - require: [test: b]
    - watch: [test: b]
    - onchanges: [test: b]
b: {test.succeed_with_changes: []}
