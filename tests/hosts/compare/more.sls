# What a server has besides: known hosts, jobs of at, rotation of logs, accounts' passwords, module calls.
# differs: test result environ.setenv: test mode of Salt calls a change that it foretells a success
# differs: changes ssh_known_hosts.present: ours tells the fingerprint along with the key, and foretells it
# differs: test result schedule.present: test mode of Salt calls a change that it foretells a success
# differs: schedule.present: Salt keeps a schedule in its agent only; ours in a file that the agent reads
# differs: _schedule.conf: Salt keeps a schedule in its agent only
# before: printf '/var/log/x.log {\n  weekly\n  rotate 4\n}\n' > /etc/logrotate.d/x; useradd -m ann
git.example:
  ssh_known_hosts.present:
    - user: ann
    - key: AAAAC3NzaC1lZDI1NTE5AAAAIGJpbmFyeWtleWJpbmFyeWtleWJpbmFyeWtleWJpbmFyeQ==
    - enc: ssh-ed25519
    - hash_known_hosts: False

no host:
  ssh_known_hosts.absent:
    - name: nowhere.example
    - user: ann

rotate:
  logrotate.set:
    - key: /etc/logrotate.d/x
    - value: rotate
    - setting: '7'

everything weekly:
  logrotate.set:
    - key: weekly
    - value: 'False'

kmod:
  kmod.absent:
    - name: nosuchmodule

nested:
  module.run:
    - user.list_groups:
      - name: ann
    - hosts.has_pair:
      - ip: 127.0.0.1
      - alias: localhost

WORD:
  environ.setenv:
    - value: hello

several:
  environ.setenv:
    - name: several
    - value: {ONE: '1', TWO: '2'}

a job:
  schedule.present:
    - function: test.ping
    - seconds: 3600

no job:
  schedule.absent: []

delayed:
  test.show_notification:
    - text: hello

random:
  test.succeed_without_changes: []
