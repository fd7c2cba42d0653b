include: [y]
a:
  test.nop:
    - require: [sls: y, test: c]
c: {test.succeed_without_changes: []}
