a:
  test.succeed_with_changes:
    - onlyif:
      - fun: test.arg
        args: [1]
        get_return: nope
