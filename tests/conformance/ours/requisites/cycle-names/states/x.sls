a: {test.nop: [{names: [n1, n2]}, {require: [{test: b}]}]}
b: {test.nop: [{require: [{test: n1}]}]}
