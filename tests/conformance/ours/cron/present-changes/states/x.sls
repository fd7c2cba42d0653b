new:
  cron.present:
    - name: /usr/bin/new
    - minute: 5
special:
  cron.present:
    - name: /usr/bin/up
    - special: '@reboot'
    - identifier: up
    - comment: with a comment
mail:
  cron.env_present:
    - name: MAILTO
    - value: new@example.org
path:
  cron.env_present:
    - name: PATH
    - value: /bin
gone:
  cron.absent:
    - name: whatever
    - identifier: gone
nothing:
  cron.absent:
    - name: /usr/bin/nothing
no_env:
  cron.env_absent:
    - name: LANG
