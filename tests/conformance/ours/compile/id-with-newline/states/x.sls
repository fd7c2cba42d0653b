"a\nb": {test.nop: []}
