z: {test.nop: [{onchanges_in: [{test: a}]}]}
