base: {'*': [sites]}
