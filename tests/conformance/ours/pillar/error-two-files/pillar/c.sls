include: [_n]
