a:
  test.nop:
    - fire_event: true
b:
  test.nop:
    - fire_event: my/tag
