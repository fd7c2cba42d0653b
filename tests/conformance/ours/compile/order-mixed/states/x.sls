a: {test.nop: [{order: 5}]}
b: {test.nop: [{order: last}]}
c: {test.nop: [{order: first}]}
d: {test.nop: [{order: -1}]}
e: {test.nop: []}
f: {test.nop: [{order: 1.5}]}
g: {test.nop: [{order: "3"}]}
h: {test.nop: [{order: true}]}
