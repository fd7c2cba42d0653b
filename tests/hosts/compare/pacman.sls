# Packages by pacman, on a Debian that says of itself that it is of another family.
# packages: pacman-package-manager makepkg libarchive-tools
# differs: test changes pkg.uptodate: Salt takes a line of progress for a package
# differs: test changes pkg.latest: test mode of Salt does not name the version
# differs: test changes pkg.group_installed: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: /desc: pacman keeps times
# grains: {os_family: Arch, os: Arch}
# before: sh /opt/twin/states/data/pacmans.sh /opt/pacman; printf '[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n[old]\nServer = file:///opt/pacman\n' > /etc/pacman.conf; mkdir -p /var/lib/pacman; pacman -Sy --noconfirm; pacman -S --noconfirm gamma; sed -i 's/\[old\]/[compared]/' /etc/pacman.conf; pacman -Sy --noconfirm
one:
  pkg.installed:
    - name: beta

several:
  pkg.installed:
    - pkgs: [delta, epsilon]

there already:
  pkg.installed:
    - name: gamma

no such package:
  pkg.installed:
    - name: no-such-package-anywhere

the latest:
  pkg.latest:
    - name: gamma

gone:
  pkg.removed:
    - name: delta
    - require: [pkg: several]

gone for good:
  pkg.purged:
    - name: epsilon
    - require: [pkg: several]

never there:
  pkg.removed:
    - name: xinetd

from a file:
  pkg.installed:
    - sources:
      - zeta: /opt/pacman/zeta-1.0-1-any.pkg.tar.gz

a group:
  pkg.group_installed:
    - name: greeks

everything:
  pkg.uptodate:
    - refresh: True
