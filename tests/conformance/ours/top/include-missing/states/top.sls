include: [nope]
base:
  '*': [x]
