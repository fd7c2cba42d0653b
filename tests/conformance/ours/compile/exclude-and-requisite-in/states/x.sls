include: [y]
a: {test.nop: []}
b: {test.nop: [{require: [{test: z}]}]}
exclude: [y]
