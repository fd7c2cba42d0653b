mail: {test.nop: []}
