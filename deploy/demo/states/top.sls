# Who gets what. Roles are grains that each minion's configuration sets.
base:
  '*':
    - common
  'roles:web':
    - match: grain
    - web
  'G@roles:db and not web*':
    - db
