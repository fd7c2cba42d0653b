c: {test.succeed_without_changes: []}
