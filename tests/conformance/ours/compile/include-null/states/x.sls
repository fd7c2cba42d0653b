include:
a: {test.nop: []}
