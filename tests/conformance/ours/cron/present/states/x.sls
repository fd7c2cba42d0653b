new:
  cron.present:
    - name: /usr/bin/new
    - minute: 5
    - hour: '*/2'
    - comment: a new one
moved:
  cron.present:
    - name: /usr/bin/new-command
    - identifier: moved
    - minute: 1
    - hour: 1
adopted:
  cron.present:
    - name: /usr/bin/adopted
    - minute: 2
    - hour: 2
off:
  cron.present:
    - name: /usr/bin/off
    - commented: True
    - identifier: switched
special:
  cron.present:
    - name: /usr/bin/daily
    - special: '@daily'
    - identifier: d
