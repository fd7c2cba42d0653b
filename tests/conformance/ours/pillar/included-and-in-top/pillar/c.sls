include: [a, b]
z: c
