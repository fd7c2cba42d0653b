l: [a, b, {c: d}]
