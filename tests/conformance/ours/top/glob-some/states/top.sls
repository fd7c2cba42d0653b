base:
  '*': ['r.*', x]
