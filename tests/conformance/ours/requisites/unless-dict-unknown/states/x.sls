a:
  test.succeed_with_changes:
    - unless:
      - fun: no.such
