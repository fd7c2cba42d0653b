include: [a]
i: 1
