include: [y]
a: {test.nop: [{listen: [{sls: y}]}]}
b: {test.nop: [{listen: [{test: "c*"}]}]}
c: {test.succeed_with_changes: []}
