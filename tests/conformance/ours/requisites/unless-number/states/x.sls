a:
  test.succeed_with_changes:
    - unless: 1
