dev:
  '*': [x]
