a:
  test.nop:
    - use: [cmd: b]
b:
  cmd.run:
    - name: "true"
    - cwd: /
