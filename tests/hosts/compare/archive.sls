# Archives, repositories of git, keys of SSH, configuration in sections.
# differs: test changes git.config_set: test mode of Salt leaves out the name of the option
# differs: test changes ssh_auth.present: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: ini.sections_present: Salt stops with an error of Python
# differs: /etc/conf.ini: Salt stops with an error of Python
# before: mkdir -p /srv/a/inner; echo one > /srv/a/inner/x; tar -C /srv/a --mtime=2026-01-01 -cf - inner | gzip -n > /srv/a.tar.gz; cd /srv/a && python3 -m zipfile -c /srv/a.zip inner/x; git init -q -b main /srv/origin; cd /srv/origin; git config user.email a@b; git config user.name A; echo v1 > f; git add f; GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' git commit -q -m one --date 2026-01-01T00:00:00Z; git tag v1; useradd -m ann; printf '[main]\nold = 1\nkeep = 2\n' > /etc/conf.ini; chmod 644 /etc/conf.ini
/srv/out:
  archive.extracted:
    - source: /srv/a.tar.gz
    - enforce_toplevel: False
    - user: daemon
    - group: daemon

/srv/zip:
  archive.extracted:
    - source: /srv/a.zip
    - enforce_toplevel: False

no archive:
  archive.extracted:
    - name: /srv/none
    - source: /srv/none.tar.gz

file:///srv/origin:
  git.cloned:
    - target: /srv/cloned

latest:
  git.latest:
    - name: file:///srv/origin
    - target: /srv/latest
    - rev: main

detached:
  git.detached:
    - name: file:///srv/origin
    - target: /srv/detached
    - rev: v1

user.name:
  git.config_set:
    - value: Someone
    - global: True

user.nothing:
  git.config_unset:
    - global: True

/srv/made:
  git.present:
    - bare: True

AAAAC3NzaC1lZDI1NTE5AAAAIGJpbmFyeWtleWJpbmFyeWtleWJpbmFyeWtleWJpbmFyeQ==:
  ssh_auth.present:
    - user: ann
    - enc: ssh-ed25519
    - comment: ann@home
    - options: [no-pty]

ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9sZGtleW9sZGtleW9sZGtleW9sZGtleW9sZGtleTE= old:
  ssh_auth.absent:
    - user: ann

/etc/conf.ini:
  ini.options_present:
    - sections:
        main: {old: '5', new: '6'}
        other: {x: 'y'}

less:
  ini.options_absent:
    - name: /etc/conf.ini
    - sections:
        main: [keep]

none:
  ini.sections_absent:
    - name: /etc/conf.ini
    - sections: [nowhere]

sections:
  ini.sections_present:
    - name: /etc/conf.ini
    - sections:
        third: {z: '1'}
