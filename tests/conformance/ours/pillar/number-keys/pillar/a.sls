1: one
2.5: two
true: yes
x: {3: c}
