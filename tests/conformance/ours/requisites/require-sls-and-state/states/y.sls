b: {test.fail_without_changes: []}
