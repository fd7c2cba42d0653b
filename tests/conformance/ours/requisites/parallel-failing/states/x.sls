a:
  test.fail_without_changes:
    - parallel: true
b:
  test.nop:
    - require: [test: a]
