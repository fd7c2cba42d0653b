a:
  test.fail_without_changes:
    - retry: {attempts: 1, interval: 0}
