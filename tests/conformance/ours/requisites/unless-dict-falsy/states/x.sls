a:
  test.succeed_with_changes:
    - unless:
      - fun: test.echo
        args: [""]
