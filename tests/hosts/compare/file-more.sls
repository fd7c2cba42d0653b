# Files that are there already, and rarer functions.
# differs: test changes file.mknod: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: /etc/d/old: Salt documents that `force` removes a folder in the way, and fails over it
# before: mkdir -p /etc/d/old /etc/d/keep/sub; for day in 1 2 3 4 5 6; do echo $day > /etc/d/old/copy-$day; touch -d "2026-0$day-01 12:00" /etc/d/old/copy-$day; done; printf 'a\nb\nc\n' > /etc/d/text; chmod 600 /etc/d/text; touch /etc/d/keep/extra /etc/d/keep/sub/extra; ln -s /nowhere /etc/d/link; mkdir /etc/d/full; touch /etc/d/full/x
/etc/d/old:
  file.retention_schedule:
    - retain: {most_recent: 2}

/etc/d/text:
  file.managed:
    - contents: |
        a
        B
        c
    - backup: minion

/etc/d/keep:
  file.directory:
    - clean: True
    - exclude_pat: 'sub*'

/etc/d/modes:
  file.directory:
    - name: /etc/d/full
    - user: daemon
    - group: daemon
    - dir_mode: '0700'
    - file_mode: '0600'
    - recurse: [user, group, mode]

/etc/d/link:
  file.symlink:
    - target: /etc/d/text

a folder in the way:
  file.symlink:
    - name: /etc/d/keep
    - target: /etc/d/text

a forced link:
  file.symlink:
    - name: /etc/d/old
    - target: /etc/d/text
    - force: True

/etc/d/recursed:
  file.recurse:
    - source: salt://data/tree
    - clean: True

/etc/d/inserted:
  file.line:
    - name: /etc/d/text
    - content: start
    - mode: insert
    - location: start

/etc/d/deleted:
  file.line:
    - name: /etc/d/text
    - content: c
    - match: c
    - mode: delete

/etc/d/pillar:
  file.managed:
    - contents_grains: os

/etc/d/no such source:
  file.managed:
    - source: salt://data/missing

/etc/d/hash:
  file.managed:
    - source: /etc/hostname
    - source_hash: d41d8cd98f00b204e9800998ecf8427e

/etc/d/checked:
  file.managed:
    - contents: 'no sudoers file'
    - check_cmd: visudo -c -f

/etc/d/attrs:
  file.managed:
    - contents: x
    - mode: keep

/etc/d/char:
  file.mknod:
    - ntype: c
    - major: 1
    - minor: 3
    - mode: '0660'

no pattern:
  file.replace:
    - name: /etc/d/text
    - pattern: zzz
    - repl: y

/etc/d/absent file:
  file.replace:
    - pattern: a
    - repl: b

/etc/d/not there:
  file.append:
    - text: x

/etc/d/comments:
  file.comment:
    - name: /etc/d/text
    - regex: zzz
