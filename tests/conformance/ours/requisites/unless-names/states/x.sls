a:
  test.succeed_with_changes:
    - names: [p, q: [unless: "true"]]
