a:
  test.nop:
    - reload_modules: true
    - reload_grains: true
    - reload_pillar: true
    - no_log: true
