a:
  test.succeed_with_changes:
    - unless: test "$FOO" = bar -a "$PWD" = /
    - env: [{FOO: bar}]
    - cwd: /
