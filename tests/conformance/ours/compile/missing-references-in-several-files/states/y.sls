z: {test.nop: [{require: [{test: q3}]}]}
w: {test.nop: [{require: [{test: q3}, {test: q4}]}]}
