a: {test.nop: [{names: [p, q]}, {order: 3}]}
b: {test.nop: [{order: 3}]}
