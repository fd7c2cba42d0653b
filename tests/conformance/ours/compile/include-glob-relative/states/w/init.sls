include: ["w.s*"]
a: {test.nop: []}
