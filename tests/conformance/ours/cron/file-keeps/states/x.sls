salt://tab:
  cron.file:
    - replace: False
