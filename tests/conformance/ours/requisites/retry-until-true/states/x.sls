a:
  test.succeed_without_changes:
    - retry: {attempts: 3, until: true, interval: 0}
