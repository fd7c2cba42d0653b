6: {test.nop: []}
