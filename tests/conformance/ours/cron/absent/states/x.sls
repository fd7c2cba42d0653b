gone:
  cron.absent:
    - name: whatever
    - identifier: gone
by_command:
  cron.absent:
    - name: /usr/bin/adopted
up:
  cron.absent:
    - name: /usr/bin/up
    - special: '@reboot'
    - identifier: up
mail:
  cron.env_absent:
    - name: MAILTO
