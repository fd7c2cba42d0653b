a: {b: 1, c: [x, 2.5, null, true]}
b: {}
