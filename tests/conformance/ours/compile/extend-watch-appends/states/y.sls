a:
  test.nop:
    - watch:
      - test: b
b: {test.succeed_without_changes: []}
