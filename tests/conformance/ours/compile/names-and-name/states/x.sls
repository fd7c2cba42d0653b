a:
  test.nop:
    - name: z
    - names: [p, q]
