b: {test.succeed_without_changes: []}
