a:
  test.nop:
    - failhard: true
    - require: [test: z]
z: {test.fail_without_changes: []}
b: {test.nop: []}
