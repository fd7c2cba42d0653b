base:
  '*': [y]
  'min*': [z]
