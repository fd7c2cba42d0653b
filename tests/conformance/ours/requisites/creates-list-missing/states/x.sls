a:
  test.succeed_with_changes:
    - creates: [/no/such/a, /no/such/b]
