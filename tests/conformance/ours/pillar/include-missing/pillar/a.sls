include: [_nope]
x: 1
