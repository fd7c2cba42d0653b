a:
  test.nop:
    - check_cmd: ["false"]
b:
  test.nop:
    - require: [test: a]
