a:
  test.succeed_with_changes:
    - unless: no-such-command-here
