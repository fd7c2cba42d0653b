w: {test.succeed_without_changes: []}
