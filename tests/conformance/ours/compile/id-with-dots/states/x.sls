a.b.c: {test.nop: []}
