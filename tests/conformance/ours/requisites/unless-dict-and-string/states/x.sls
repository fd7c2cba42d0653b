a:
  test.succeed_with_changes:
    - unless:
      - "true"
      - fun: test.true_
