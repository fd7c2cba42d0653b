a:
  test.succeed_with_changes:
    - unless: echo x | grep -q x
