base: {test.nop: []}
