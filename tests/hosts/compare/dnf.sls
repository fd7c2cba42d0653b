# Packages by dnf, on a Debian that says of itself that it is of another family.
# packages: dnf dnf-plugins-core rpm createrepo-c file
# differs: test changes pkg.group_installed: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: changes pkg.patch_installed: Salt tells of no change, also where a package is newer now; in test mode ours foretells it
# differs: test changes pkg.: test mode of Salt does not name the version
# differs: pkg.held: Salt looks for the plugin of dnf among rpm packages only
# differs: apply changes pkg.latest: with Salt the patch found nothing to do, so that the newer version came with a later state
# differs: pkg.unheld: Salt looks for the plugin of dnf among rpm packages only
# differs: versionlock.list: Salt looks for the plugin of dnf among rpm packages only
# differs: rpmdb: rpm keeps times, and the marks of its readers
# differs: /var/lib/dnf/history: dnf keeps times
# differs: more.repo: Salt writes the options in another order
# grains: {os_family: RedHat, os: Fedora, osmajorrelease: 40}
# before: sh /opt/twin/states/data/rpms.sh /opt/rpms; mkdir -p /etc/yum.repos.d; printf '[compared]\nname=compared\nbaseurl=file:///opt/rpms\ngpgcheck=0\nenabled=1\n' > /etc/yum.repos.d/compared.repo; sed -i "s,^enabled.*,enabled = false," /etc/dnf/plugins/local.conf; rpm --initdb; dnf -q -y install gamma-1.0 zeta
a repository:
  pkgrepo.managed:
    - name: more
    - humanname: More of it
    - baseurl: file:///opt/rpms
    - gpgcheck: 0

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

a group:
  pkg.group_installed:
    - name: Greeks

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
