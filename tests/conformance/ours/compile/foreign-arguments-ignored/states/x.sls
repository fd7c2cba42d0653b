a:
  file.managed:
    - name: '@SCRATCH@/f'
    - contents: x
    - force: True
    - apache: {port: 80}
    - context: {}
b:
  file.absent:
    - name: '@SCRATCH@/none'
    - contents: y
    - mode: '0644'
