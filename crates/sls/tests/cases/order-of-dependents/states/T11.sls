q: {test.nop: [{order: 7}]}
z: {test.nop: []}
s: {test.nop: [{order: 3},{require: [{test: z}]}]}
t: {test.nop: [{order: first},{watch: [{test: z}]}]}
