d: {x: b}
