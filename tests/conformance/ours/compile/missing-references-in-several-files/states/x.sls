include: [y]
a: {test.nop: [{require: [{test: q1}]}]}
b: {test.nop: [{require: [{test: q2}]}]}
