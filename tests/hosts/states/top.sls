base:
  '*':
    - base
  'web*':
    - web
    - firewall
  'db*':
    - db
