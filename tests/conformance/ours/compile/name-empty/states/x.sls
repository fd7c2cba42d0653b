a:
  test.nop:
    - name: ""
