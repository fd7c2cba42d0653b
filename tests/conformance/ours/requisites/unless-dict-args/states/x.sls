a:
  test.succeed_with_changes:
    - unless:
      - fun: match.grain
        tgt: "os:*"
