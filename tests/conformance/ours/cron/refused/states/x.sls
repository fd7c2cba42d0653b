new:
  cron.present:
    - name: /usr/bin/new
