base:
  'role:web*':
    - match: data
    - web
  'tags:DB':
    - match: data
    - db
  'role:mail':
    - match: data
    - mail
  'nothing:x':
    - match: data
    - mail
  '*':
    - base
