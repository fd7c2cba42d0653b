# Packages.
# differs: changes pkg.downloaded: Salt looks for what was downloaded in a folder that apt does not use
one:
  pkg.installed:
    - name: tree

several:
  pkg.installed:
    - pkgs: [ed, dc]

there already:
  pkg.installed:
    - name: sudo

a version:
  pkg.installed:
    - name: bc
    - version: '1.07.*'

no such package:
  pkg.installed:
    - name: no-such-package-anywhere

the latest:
  pkg.latest:
    - name: sl

gone:
  pkg.removed:
    - name: nftables

gone for good:
  pkg.purged:
    - pkgs: [debconf-utils]

never there:
  pkg.removed:
    - name: xinetd

held:
  pkg.held:
    - name: curl

hold:
  pkg.installed:
    - name: ed
    - hold: True

from files:
  pkg.downloaded:
    - name: pwgen

unheld:
  pkg.unheld:
    - name: cron

