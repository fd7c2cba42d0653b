d: {x: b}
l: [2]
