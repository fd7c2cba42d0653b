base:
  '*':
    - order: 2
    - a
  'min*':
    - order: 1
    - ignore_missing: true
    - b
    - nope
