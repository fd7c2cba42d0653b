q: {test.nop: [{order: 7}]}
z: {test.nop: []}
s: {test.nop: [{order: 3},{onfail: [{test: z}]}]}
t: {test.nop: [{order: last},{require: [{test: z}]}]}
u: {test.nop: [{order: 2},{onchanges: [{test: z}]}]}
