a:
  test.nop:
    - watch_in:
      - test: nope
