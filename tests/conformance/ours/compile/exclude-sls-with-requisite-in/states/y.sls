z: {test.nop: [{onchanges_in: [{test: a}]}, {use_in: [{test: a}]}]}
