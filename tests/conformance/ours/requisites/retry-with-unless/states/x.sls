a:
  test.fail_without_changes:
    - unless: "true"
    - retry: {attempts: 2, interval: 0}
