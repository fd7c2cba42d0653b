a:
  test.configurable_test_state:
    - use: [test: b]
    - changes: false
b:
  test.configurable_test_state:
    - result: false
    - comment: from b
    - require: [test: c]
c: {test.nop: []}
