exclude:
  - id: nope
a: {test.nop: []}
