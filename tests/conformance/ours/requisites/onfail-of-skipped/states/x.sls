a:
  test.nop:
    - onfail: [test: b]
b:
  test.nop:
    - unless: "true"
