include: [tops.more]
base:
  '*': [x]
