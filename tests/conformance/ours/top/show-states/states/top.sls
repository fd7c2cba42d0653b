base:
  '*': [y, x]
