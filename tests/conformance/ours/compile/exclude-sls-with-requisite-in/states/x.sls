include: [y]
a: {test.nop: []}
exclude: [y]
