include:
  - x
a: {test.nop: []}
