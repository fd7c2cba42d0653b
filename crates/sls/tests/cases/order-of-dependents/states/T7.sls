q: {test.nop: [{order: 7}]}
z: {test.nop: []}
s: {test.nop: [{order: 9},{require: [{test: z}]}]}
t: {test.nop: [{order: 3},{watch: [{test: z}]}]}
