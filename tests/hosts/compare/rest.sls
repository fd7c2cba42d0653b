# What no other case has: jobs of at, quotas, RAID, swap, kernel modules, lists of rights, rarer functions.
# packages: at quota mdadm
# differs: alternatives.: Salt 3008 brings no states of alternatives any more; formulas use them
# differs: test changes acl.: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: apply changes acl.list_absent: Salt takes the rights away and tells of no change
# differs: test result at.: test mode of Salt does not look whether there is such a user, tag or job
# differs: test file.pruned: test mode of Salt does not look into the folder
# differs: /etc/mdadm/mdadm.conf: the package writes the time into it
# differs: quota.mode: Salt stops with an error of Python where no quotas are
# differs: test changes ssh_auth.manage: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: apply changes debconf.set_file: Salt tells of no change, and answers anew at every run
# differs: changes mount.swap: Salt writes an entry for what it could not switch on
# differs: /etc/fstab: Salt writes an entry for what it could not switch on
# differs: again changes nftables.: Salt does so at every run; a second run of ours changes nothing
# differs: /var/spool/cron/atjobs: a job of at keeps the environment of the program that made it
# differs: /etc/twin/grains: Salt sorts what is in the file; ours keeps its order
# before: echo x > /etc/acl1; echo x > /etc/acl2; setfacl -m u:daemon:rw,u:games:r /etc/acl2; dd if=/dev/zero of=/srv/noswap bs=1M count=1 2>/dev/null; mkdir -p /srv/pruned/a/b /srv/empty/c; touch /srv/pruned/a/b/f; useradd -m ann; mkdir -p /home/ann/.ssh; echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9sZGtleW9sZGtleW9sZGtleW9sZGtleW9sZGtleTE= old' > /home/ann/.ssh/authorized_keys; chown -R ann:ann /home/ann/.ssh; nft add table ip t; nft add chain ip t c '{ type filter hook input priority 0; }'; nft add rule ip t c tcp dport 80 counter accept; nft add table ip u; nft add chain ip u c; nft add rule ip u c counter accept; printf 'tzdata tzdata/Areas select Europe\n' > /srv/answers; printf 'one: 1\nlist: [a]\n' > /etc/twin/grains
/bin/true:
  at.present:
    - timespec: '9:09 11/09/2031'
    - tag: later
    - user: root
    - unique_tag: True

no tag:
  at.present:
    - job: /bin/true
    - timespec: '9:09 11/09/2031'
    - unique_tag: True

no user:
  at.present:
    - job: /bin/true
    - timespec: '9:09 11/09/2031'
    - user: nobodyknows

no time:
  at.present:
    - job: /bin/true
    - timespec: never at all

none there:
  at.absent:
    - tag: nothing

/:
  quota.mode:
    - mode: off
    - quotatype: user

/dev/md9:
  raid.absent: []

/dev/md8:
  raid.present:
    - level: 1
    - devices: [/dev/nowhere1, /dev/nowhere2]

/srv/noswap:
  mount.swap:
    - persist: True

nosuchmodule:
  kmod.present:
    - persist: True

several:
  kmod.present:
    - mods: [nosuchone, nosuchtwo]

several users:
  acl.list_present:
    - name: /etc/acl1
    - acl_type: user
    - acl_names: [daemon, games]
    - perms: rw

no users:
  acl.list_absent:
    - name: /etc/acl2
    - acl_type: user
    - acl_names: [daemon, games]

/srv/pruned:
  file.pruned: []

/srv/empty:
  file.pruned:
    - recurse: True

/srv/not there:
  file.pruned: []

salt://data/page.jinja:
  file.not_cached: []

a group:
  pkg.group_installed:
    - name: web-server

a patch:
  pkg.patch_installed:
    - advisory_ids: [ADVISORY-1]

a patch to come:
  pkg.patch_downloaded:
    - advisory_ids: [ADVISORY-1]

the keys of ann:
  ssh_auth.manage:
    - user: ann
    - ssh_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJpbmFyeWtleWJpbmFyeWtleWJpbmFyeWtleWJpbmFyeQ== ann@home

no pillar:
  test.check_pillar:
    - present: [nothing]

more of it:
  grains.append:
    - name: list
    - value: b

one:
  grains.exists: []

not there:
  grains.exists: []

editor:
  alternatives.auto: []

answers:
  debconf.set_file:
    - source: /srv/answers

closed again:
  nftables.delete:
    - table: t
    - chain: c
    - family: ip
    - proto: tcp
    - dport: 80
    - jump: accept

flushed:
  nftables.flush:
    - table: u
    - chain: c
    - family: ip

policy:
  nftables.set_policy:
    - table: t
    - chain: c
    - family: ip
    - policy: drop

fails:
  test.fail_with_changes: []

/etc/watched:
  file.managed:
    - contents: x

by watch:
  cmd.watch:
    - name: echo woken > /etc/by-watch
    - watch: [file: /etc/watched]

module by watch:
  module.watch:
    - name: test.echo
    - text: woken
    - watch: [file: /etc/watched]

at by watch:
  at.watch:
    - name: /bin/false
    - timespec: '9:09 11/09/2031'
    - tag: watched
    - unique_tag: True

event by watch:
  event.wait:
    - name: compare/woken
    - watch: [file: /etc/watched]
