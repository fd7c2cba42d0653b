base:
  'G@os:* and not L@zz':
    - x
  'P@os:.* or zz':
    - y
  '( minion1 or zz ) and E@min.*':
    - z
  'minion1 and':
    - w
