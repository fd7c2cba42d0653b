base:
  '*': [x, nope]
