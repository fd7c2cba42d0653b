include: [y1, y2]
exclude:
  - sls: "y*"
a: {test.nop: []}
