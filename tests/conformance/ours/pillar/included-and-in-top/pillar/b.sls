include: [a]
x: b
y: b
