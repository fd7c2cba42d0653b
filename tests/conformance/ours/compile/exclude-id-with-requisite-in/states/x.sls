include: [y]
a: {test.nop: []}
exclude: [{id: z}]
