z: {test.configurable_test_state: [{changes: false}, {result: true}, {comment: u}]}
