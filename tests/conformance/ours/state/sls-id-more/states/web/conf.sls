conf:
  test.succeed_with_changes: [{require: [{sls: common}]}]
