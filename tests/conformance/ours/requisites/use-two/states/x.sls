a:
  test.configurable_test_state:
    - use: [test: b, test: c]
b:
  test.configurable_test_state:
    - result: true
    - comment: b
c:
  test.configurable_test_state:
    - changes: true
    - comment: c
