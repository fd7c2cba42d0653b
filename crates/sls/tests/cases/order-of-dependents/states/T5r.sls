q: {test.nop: [{order: 7}]}
z: {test.nop: []}
t: {test.nop: [{order: last},{watch: [{test: z}]}]}
s: {test.nop: [{order: 3},{watch: [{test: z}]}]}
