#!nope
a: {test.nop: []}
