a:
  cmd.run:
    - name: echo a
    - listen: [test: c]
c: {test.succeed_with_changes: []}
