include: [y]
extend:
  a:
    test:
      - comment: new
