base:
  '*': x
