z: {test.nop: []}
a: {test.succeed_with_changes: [{require: [{test: z}]}, {prereq: [{test: b}]}]}
b: {test.succeed_with_changes: [{require: [{test: a}]}]}
c: {test.nop: [{require: [{test: b}]}]}
