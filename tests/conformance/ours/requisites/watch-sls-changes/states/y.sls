b: {test.succeed_with_changes: []}
c: {test.succeed_without_changes: []}
