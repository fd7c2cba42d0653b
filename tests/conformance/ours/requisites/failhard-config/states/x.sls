a: {test.fail_without_changes: []}
b: {test.nop: []}
