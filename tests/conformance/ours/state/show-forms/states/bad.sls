bad: {test.fail_with_changes: []}
after: {test.nop: [{require: [{test: bad}]}]}
onbad: {test.succeed_with_changes: [{onfail: [{test: bad}]}]}
