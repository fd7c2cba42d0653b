include: [y]
a:
  test.nop:
    - require_in:
      - sls: y
