db:
  connections: 200
