include: [z]
extend:
  a:
    test:
      - p: 2
