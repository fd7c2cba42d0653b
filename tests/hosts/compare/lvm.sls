# Physical volumes, groups and logical volumes. The kernel has no device mapper, so that LVM writes down what it would activate.
# packages: lvm2
# differs: changes lvm.vg_present: a group has another id on every machine
# differs: /etc/lvm/: LVM names and dates what it keeps
# differs: /srv/: the devices themselves, with ids and times, and their numbers
# before: mknod /dev/loop-control c 10 237 2>/dev/null; for d in vdb vdc vdd; do truncate -s 64M /srv/$d; n=$(losetup -f | tr -dc 0-9); [ -e /dev/loop$n ] || mknod /dev/loop$n b 7 $n; losetup /dev/loop$n /srv/$d; mknod /dev/$d b 7 $n; rm /dev/loop$n; echo $n >> /srv/loops; done; sed -i -e 's/# *activation = 1/activation = 0/' -e 's/# *udev_sync = 1/udev_sync = 0/' -e 's/# *udev_rules = 1/udev_rules = 0/' -e 's/# *obtain_device_list_from_udev = 1/obtain_device_list_from_udev = 0/' -e 's/# *wait_for_locks = 1/wait_for_locks = 1/' /etc/lvm/lvm.conf; pvcreate -q /dev/vdd; pvs
# after: for n in $(cat /srv/loops); do [ -e /dev/loop$n ] || mknod /dev/loop$n b 7 $n; losetup -d /dev/loop$n; done
/dev/vdb:
  lvm.pv_present: []

/dev/vdc:
  lvm.pv_present: []

no device:
  lvm.pv_present:
    - name: /dev/nowhere

data:
  lvm.vg_present:
    - devices: /dev/vdb

grown:
  lvm.vg_present:
    - name: data
    - devices: /dev/vdb,/dev/vdc

one:
  lvm.lv_present:
    - vgname: data
    - size: 8M
    - zero: n

larger:
  lvm.lv_present:
    - name: one
    - vgname: data
    - size: 16M

reduced:
  lvm.lv_present:
    - name: one
    - vgname: data
    - size: 4M

novolume:
  lvm.lv_absent:
    - vgname: data

nogroup:
  lvm.vg_absent: []

/dev/vdd:
  lvm.pv_absent: []
