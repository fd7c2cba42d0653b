include: [y]
a: {test.nop: [{require_in: [{test: z}]}]}
exclude: [y]
