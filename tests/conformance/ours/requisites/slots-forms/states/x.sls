a:
  test.configurable_test_state:
    - changes: false
    - result: true
    - comment: __slot__:salt:test.echo(hi)
b:
  test.configurable_test_state:
    - changes: false
    - result: true
    - comment: __slot__:salt:test.echo(text=hi) ~ /x
c:
  test.configurable_test_state:
    - changes: false
    - result: true
    - comment: __slot__:salt:test.arg(1, b=2).kwargs.b
d:
  test.configurable_test_state:
    - changes: false
    - result: true
    - comment: __slot__:salt:no.such(1)
