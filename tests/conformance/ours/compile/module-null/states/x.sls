a:
  test:
