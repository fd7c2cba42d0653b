include: [y]
extend:
  a:
    test:
      - watch:
        - test: c
c: {test.succeed_with_changes: []}
