base:
  '*':
    - x
    - y
    - x
