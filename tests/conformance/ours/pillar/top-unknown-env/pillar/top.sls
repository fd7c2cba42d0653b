base:
  '*':
    - a
nope:
  '*':
    - a
