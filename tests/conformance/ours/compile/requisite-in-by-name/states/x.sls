a:
  test.nop:
    - require_in:
      - test: /b/name
b: {test.nop: [{name: /b/name}]}
