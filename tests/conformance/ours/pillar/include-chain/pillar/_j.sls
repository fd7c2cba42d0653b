j: 1
x: j
