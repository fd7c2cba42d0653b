include: [_i]
a: 1
