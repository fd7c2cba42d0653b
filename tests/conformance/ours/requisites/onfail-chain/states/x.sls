a: {test.fail_without_changes: []}
b:
  test.fail_without_changes:
    - onfail: [test: a]
c:
  test.nop:
    - onfail: [test: b]
d:
  test.nop:
    - require: [test: c]
