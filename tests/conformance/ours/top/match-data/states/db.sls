db: {test.nop: []}
