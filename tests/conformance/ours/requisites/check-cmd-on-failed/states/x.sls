a:
  test.fail_with_changes:
    - check_cmd: ["true"]
