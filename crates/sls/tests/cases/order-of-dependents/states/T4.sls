q: {test.nop: [{order: 7}]}
z: {test.nop: []}
s: {test.nop: [{order: 3},{watch: [{test: z}]}]}
t: {test.nop: [{order: last},{onchanges: [{test: z}]}]}
