include: [x]
b: {test.nop: []}
