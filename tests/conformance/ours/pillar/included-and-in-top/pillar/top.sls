base: {'*': [b, a, c]}
