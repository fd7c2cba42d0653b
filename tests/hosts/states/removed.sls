# The application goes again.
nginx:
  service.dead:
    - enable: False

let go:
  pkg.unheld:
    - name: tree

web packages:
  pkg.purged:
    - pkgs: [nginx-light, tree]
    - require:
      - service: nginx
      - pkg: let go

/srv/app:
  file.absent: []

/etc/nginx/sites-enabled/app:
  file.absent: []

nightly report:
  cron.absent:
    - name: /usr/bin/tree /srv/app > /var/tmp/report
    - identifier: report
    - user: root

the web is open:
  iptables.delete:
    - chain: INPUT
    - proto: tcp
    - dport: {{ pillar['estate']['port'] }}
    - jump: ACCEPT
    - save: True
