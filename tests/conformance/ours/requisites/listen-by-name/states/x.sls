a:
  test.nop:
    - listen: [test: nm]
c:
  test.succeed_with_changes:
    - name: nm
