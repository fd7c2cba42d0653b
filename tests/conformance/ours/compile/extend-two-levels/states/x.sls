include: [y]
extend:
  a:
    test:
      - p: 3
