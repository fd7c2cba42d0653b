base:
  '*':
    - order: 2
    - x
  'min*':
    - order: 1
    - y
