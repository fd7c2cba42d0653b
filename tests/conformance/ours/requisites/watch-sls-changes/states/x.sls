include: [y]
a:
  test.nop:
    - watch: [sls: y]
