x: a
