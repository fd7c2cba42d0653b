a: {test.configurable_test_state: [{changes: false}, {result: true}, {comment: c}, {use_in: [{cmd: b}]}]}
b: {cmd.wait: [{name: "true"}]}
c: {test.nop: [{use: [{test: a}]}, {content: x}]}
