x: inc
y: {a: inc, b: inc}
