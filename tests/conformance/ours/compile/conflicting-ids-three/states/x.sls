include: [y, z]
a: {test.nop: []}
