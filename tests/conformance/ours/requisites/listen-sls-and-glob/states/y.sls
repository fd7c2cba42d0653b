z: {test.succeed_with_changes: []}
