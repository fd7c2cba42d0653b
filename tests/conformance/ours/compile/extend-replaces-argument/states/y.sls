a:
  test.show_notification:
    - text: old
    - comment: old
