base:
  '*': {{ nope }}
