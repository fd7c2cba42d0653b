base:
  '*':
    - w
    - w.v
