include: [..e]
c: {test.nop: []}
