salt://tab:
  cron.file: []
