base: {'*': [web, bad]}
