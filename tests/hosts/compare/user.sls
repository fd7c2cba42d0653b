# Users and groups.
# before: useradd -m -s /bin/sh -c Old old; useradd -m gone; groupadd -g 3000 oldgroup; usermod -aG oldgroup old
staff2:
  group.present:
    - gid: 2500
    - addusers: [old]

members:
  group.present:
    - members: [old, gone]

oldgroup:
  group.present:
    - gid: 3001
    - delusers: [old]

no group:
  group.absent: []

tape:
  group.absent: []

sys2:
  group.present:
    - system: True

ann:
  user.present:
    - uid: 2001
    - gid: 2500
    - fullname: Ann Admin
    - roomnumber: '12'
    - workphone: '555'
    - shell: /bin/bash
    - home: /home/ann
    - groups: [adm]
    - optional_groups: [nowhere, cdrom]
    - password: $6$abc$def

bob:
  user.present:
    - usergroup: True
    - createhome: False
    - system: True
    - shell: /usr/sbin/nologin

old:
  user.present:
    - fullname: New Name
    - shell: /bin/bash
    - home: /home/other
    - groups: [audio]
    - remove_groups: False
    - mindays: 1
    - maxdays: 90
    - warndays: 5
    - expire: 20000

games:
  user.absent: []

gone:
  user.absent:
    - purge: True
    - force: True

nobody2:
  user.absent: []

wrong group:
  user.present:
    - name: carl
    - groups: [not-a-group]

empty password:
  user.present:
    - name: dora
    - empty_password: True
