a:
  test.succeed_with_changes:
    - onlyif:
      - fun: test.true_
      - fun: test.false_
