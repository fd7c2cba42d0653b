include: _i
x: 1
