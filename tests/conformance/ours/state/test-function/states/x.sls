a:
  test.succeed_with_changes: []
b:
  test.nop:
    - require: [test: a]
c:
  test.nop:
    - name: cname
