a:
  test.nop:
    - unknown: 5
b:
  file.managed:
    - name: '@SCRATCH@/none'
    - sosurce: salt://x
    - moed: '0644'
    - force: True
c:
  file.absent:
    - name: '@SCRATCH@/none'
    - requrie:
      - file: b
