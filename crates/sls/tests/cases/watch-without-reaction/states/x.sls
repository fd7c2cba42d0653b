conf:
  file.managed:
    - name: /tmp/x
    - require:
      - test: first
    - watch:
      - test: second
first:
  test.nop: []
second:
  test.nop:
    - watch:
      - test: first
dir:
  file.directory:
    - name: /tmp
    - watch:
      - file: conf
