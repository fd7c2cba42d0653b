x: b
