base:
  'G@os:*':
    - a
  'os:*':
    - match: grain
    - b
  'minion1,x':
    - match: list
    - c
  'min.*':
    - match: pcre
    - d
