b: {test.nop: [{order: first}]}
a: {test.nop: [{order: first}]}
c: {test.nop: [{order: last}]}
d: {test.nop: [{order: last}]}
e: {test.nop: [{order: -2}]}
