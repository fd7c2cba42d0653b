#!nope
x: 1
