# Names, kernel variables, mounts, time zone and locale.
# differs: test result mount.fstab_absent: test mode of Salt foretells a change where the entry is missing already
# differs: /etc/default/locale: we call update-locale as Debian does, which writes its name on top
# differs: /etc/hosts: Salt writes every line anew with tabs; we leave lines alone that are not ours
# differs: 99-salt.conf: Salt writes down a variable that the kernel refused
# differs: locale.gen: Salt leaves a copy of the file and an empty line
# before: printf '10.9.9.9 olden olden.example\n10.9.9.8 several one two\n' >> /etc/hosts; mkdir -p /mnt/here /mnt/there; mount -t tmpfs -o size=1m tmpfs /mnt/there
db.example:
  host.present:
    - ip: 10.1.1.1

names:
  host.present:
    - ip: 10.1.1.2
    - names: [first.example, second.example]

olden:
  host.present:
    - ip: 10.9.9.10

cleaned:
  host.present:
    - name: several
    - ip: 10.9.9.11
    - clean: True

one:
  host.absent:
    - ip: 10.9.9.8

only these:
  host.only:
    - name: 10.1.1.3
    - hostnames: [only.example, alone]

net.ipv4.conf.all.log_martians:
  sysctl.present:
    - value: 1

in a file:
  sysctl.present:
    - name: net.ipv4.ip_forward
    - value: 1
    - config: /etc/sysctl.d/50-forward.conf

no such variable:
  sysctl.present:
    - name: net.ipv4.nowhere
    - value: 1

/mnt/here:
  mount.mounted:
    - device: tmpfs
    - fstype: tmpfs
    - opts: [size=2m, mode=0755]

/mnt/made:
  mount.mounted:
    - device: tmpfs
    - fstype: tmpfs
    - opts: size=1m
    - mkmnt: True
    - persist: False

/mnt/there:
  mount.unmounted:
    - persist: True

an entry:
  mount.fstab_present:
    - name: /dev/nowhere
    - fs_file: /mnt/later
    - fs_vfstype: ext4
    - fs_mntops: noauto

no entry:
  mount.fstab_absent:
    - name: /dev/never
    - fs_file: /mnt/never

Europe/Berlin:
  timezone.system:
    - utc: True

de_DE.UTF-8:
  locale.present: []

the system speaks:
  locale.system:
    - name: de_DE.UTF-8
