a:
  test.fail_without_changes:
    - retry: {attempts: x, interval: 0}
