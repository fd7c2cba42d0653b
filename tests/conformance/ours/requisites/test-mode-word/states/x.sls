a:
  test.succeed_with_changes:
    - test: true
b:
  test.nop:
    - onchanges: [test: a]
