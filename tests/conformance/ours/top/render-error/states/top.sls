base:
  '*': [{{ nope.x }}]
