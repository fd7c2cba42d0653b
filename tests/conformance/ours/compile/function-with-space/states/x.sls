a:
  test:
    - no p
