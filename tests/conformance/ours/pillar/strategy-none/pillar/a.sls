d: {x: a, o: 1}
