include: [y]
exclude:
  - y
a: {test.nop: []}
