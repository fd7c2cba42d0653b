include: [_j]
i: 1
x: i
