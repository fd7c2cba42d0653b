base:
  '*': [x
