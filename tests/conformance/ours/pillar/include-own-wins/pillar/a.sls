include: [_i]
x: own
y: {a: own}
