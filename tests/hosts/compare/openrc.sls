# Services of OpenRC.
# init: openrc
# grains: {os: Gentoo, os_family: Gentoo, init: openrc}
# differs: service.: Salt 3008 brings no module for OpenRC any more
# differs: /etc/runlevels: Salt 3008 brings no module for OpenRC any more, so that no service was changed there
# differs: services of OpenRC: Salt 3008 brings no module for OpenRC any more, so that no service was changed there
# differs: random-seed: every machine has its own
# before: for n in one two three; do printf '#!/sbin/openrc-run\ncommand=/bin/sleep\ncommand_args=infinity\ncommand_background=yes\npidfile=/run/%s.pid\nextra_started_commands=reload\nreload() { touch /run/%s.reloaded; }\n' $n $n > /etc/init.d/$n; chmod 755 /etc/init.d/$n; done; printf '#!/sbin/openrc-run\nstart() { return 1; }\n' > /etc/init.d/broken; chmod 755 /etc/init.d/broken; rc-update -q add two default; rc-service -q two start; rc-update -q add three default
one:
  service.running:
    - enable: True

two:
  service.dead:
    - enable: False

starts:
  service.running:
    - name: three

three:
  service.disabled: []

later:
  service.enabled:
    - name: cron

broken:
  service.running: []

no such service:
  service.running:
    - name: nowhere

not there:
  service.dead:
    - name: nowhere

/etc/trigger:
  file.managed:
    - contents: x

watches:
  service.running:
    - name: three
    - watch: [file: /etc/trigger]

watches and reloads:
  service.running:
    - name: one
    - reload: True
    - watch: [file: /etc/trigger]
