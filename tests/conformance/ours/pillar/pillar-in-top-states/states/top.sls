base:
  'role:web':
    - match: pillar
    - x
  'I@role:db':
    - y
