a:
  test.configurable_test_state:
    - changes: false
    - result: true
    - comment: [ __slot__:salt:test.echo(hi), x ]
