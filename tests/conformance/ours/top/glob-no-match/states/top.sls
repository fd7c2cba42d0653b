base:
  '*': ['z*']
