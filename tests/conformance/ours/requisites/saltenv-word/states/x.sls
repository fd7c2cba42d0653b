a:
  test.nop:
    - saltenv: base
    - provider: {test: test}
