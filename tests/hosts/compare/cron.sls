# Cron.
# differs: test changes cron.: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: apply changes cron.file: Salt lists the owner of its temporary file among the changes
# before: printf 'MAILTO=root\n# a comment\n5 4 * * * /bin/old\n@daily /bin/daily\n' | crontab -
/bin/one:
  cron.present:
    - minute: 7
    - hour: '*/3'
    - daymonth: 1-5
    - month: '*'
    - dayweek: 2

/bin/two:
  cron.present:
    - identifier: second
    - comment: the second
    - special: '@hourly'

/bin/three:
  cron.present:
    - identifier: third
    - minute: 9
    - commented: True
    - hour: 5

/bin/old:
  cron.absent: []

/bin/nowhere:
  cron.absent: []

PATH:
  cron.env_present:
    - value: /bin:/usr/bin

MAILTO:
  cron.env_absent: []

/bin/user:
  cron.present:
    - user: daemon

salt://data/crontab:
  cron.file:
    - user: games
