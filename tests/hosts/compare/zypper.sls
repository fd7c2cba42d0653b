# Packages by zypper, on a Debian that says of itself that it is of another family.
# packages: zypper rpm createrepo-c file
# differs: changes pkg.patch_installed: Salt tells of no change, also where a package is newer now; in test mode ours foretells it
# differs: test changes pkg.: test mode of Salt does not name the version
# differs: changes pkg.held: Salt tells that nothing was there before where ours tells that it was to be installed
# differs: pkg.latest: Salt does not find the version in the words of this zypper
# differs: more.repo: Salt lets zypper write the file, which adds its own defaults and a file:/ address
# differs: rpmdb: rpm keeps times, and the marks of its readers
# differs: /var/lib/zypp/: zypper keeps times and an id of the machine, also when it is only asked
# grains: {os_family: Suse, os: SUSE, osmajorrelease: 15}
# before: sh /opt/twin/states/data/rpms.sh /opt/rpms; mkdir -p /opt/more; createrepo_c -q /opt/more; mkdir -p /etc/zypp/repos.d; printf '[compared]\nname=compared\nbaseurl=file:///opt/rpms\ngpgcheck=0\nenabled=1\ntype=rpm-md\n' > /etc/zypp/repos.d/compared.repo; rpm --initdb; zypper -n -q refresh; zypper -n -q install gamma=1.0 zeta
a repository:
  pkgrepo.managed:
    - name: more
    - humanname: More of it
    - baseurl: file:///opt/more
    - gpgcheck: False

no repository:
  pkgrepo.absent:
    - name: nothing

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

a version:
  pkg.installed:
    - name: alpha
    - version: '1.1-1'
    - require: [pkg: one]

from a file:
  pkg.installed:
    - sources:
      - theta: /opt/rpms/theta-1.0-1.noarch.rpm

a patch:
  pkg.patch_installed:
    - advisory_ids: ['COMPARED-2026:1']

held:
  pkg.held:
    - name: gamma

unheld:
  pkg.unheld:
    - name: zeta

everything:
  pkg.uptodate:
    - refresh: True
