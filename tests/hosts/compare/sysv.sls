# Services by scripts in /etc/init.d.
# init: sysv
# before salt: rm -f /usr/bin/systemctl
# differs: /usr/bin/systemctl: where it is installed Salt takes the machine for one with systemd, whatever has booted
# differs: random-seed: every machine has its own
# before: for n in one two three; do printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: %s\n# Required-Start:\n# Required-Stop:\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n# Short-Description: x\n### END INIT INFO\np=/run/%s.pid\ncase $1 in start) start-stop-daemon -S -b -m -p $p -x /bin/sleep -- infinity;; stop) start-stop-daemon -K -o -p $p; rm -f $p;; restart|force-reload) $0 stop; $0 start;; reload) touch /run/%s.reloaded;; status) start-stop-daemon -T -p $p;; esac\n' $n $n $n > /etc/init.d/$n; chmod 755 /etc/init.d/$n; done; printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: broken\n# Required-Start:\n# Required-Stop:\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO\nexit 1\n' > /etc/init.d/broken; chmod 755 /etc/init.d/broken; update-rc.d two defaults; service two start; update-rc.d three defaults
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
