include: [.c.d]
b: {test.nop: []}
