a:
  test.fail_without_changes:
    - retry: {attempts: 0, interval: 0}
