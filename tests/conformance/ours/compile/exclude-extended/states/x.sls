include: [y]
extend: {z: {test: [{order: 5}]}}
a: {test.nop: []}
exclude: [{id: z}]
