base:
  '*': {x: 1}
