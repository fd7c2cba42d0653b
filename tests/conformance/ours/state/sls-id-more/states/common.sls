c1: {test.nop: []}
c2: {test.fail_without_changes: [{onlyif: 'false'}]}
