base:
  '*':
    - demo
  'web*':
    - web
  'db*':
    - db
