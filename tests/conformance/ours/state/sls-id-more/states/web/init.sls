include: [.conf, common]
web:
  test.succeed_with_changes:
    - watch_in: [{test: web-svc}]
web-svc:
  test.nop: []
