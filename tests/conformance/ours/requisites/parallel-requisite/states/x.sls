a:
  test.succeed_with_changes:
    - parallel: true
b:
  test.nop:
    - require: [test: a]
c:
  test.nop:
    - onchanges: [test: a]
