a:
  test.configurable_test_state:
    - names:
      - p
      - q:
        - result: false
        - comment: q
      - r: [{changes: true}]
    - changes: false
    - result: true
    - comment: all
