a: {test.succeed_with_changes: [{prereq: [{test: b}]}]}
b: {test.succeed_with_changes: [{require: [{test: c}]}]}
c: {test.succeed_with_changes: [{require: [{test: d}]}]}
d: {test.succeed_with_changes: [{require: [{test: a}]}]}
