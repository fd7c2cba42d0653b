base:
  'minion[0-9]': [x]
  'minion[!1]': [y]
  'minion?': [z]
