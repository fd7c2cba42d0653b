q: {test.nop: [{order: 7}]}
z: {test.nop: []}
s: {test.nop: [{order: 3},{onfail: [{test: z}]}]}
t: {test.nop: [{order: last},{watch: [{test: z}]}]}
