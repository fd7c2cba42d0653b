a:
  test:
    - nop
    - fail_without_changes
