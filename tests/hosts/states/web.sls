# A web server from packages, and an application behind a templated configuration.
web packages:
  pkg.installed:
    - pkgs: [nginx-light, tree]

no surprises:
  pkg.held:
    - name: tree
    - require:
      - pkg: web packages

/srv/app:
  file.directory:
    - makedirs: True

/srv/app/index.html:
  file.managed:
    - source: salt://app/index.html.jinja
    - template: jinja
    - require:
      - file: /srv/app

/etc/nginx/sites-available/app:
  file.managed:
    - source: salt://app/site.conf.jinja
    - template: jinja
    - require:
      - pkg: web packages

/etc/nginx/sites-enabled/app:
  file.symlink:
    - target: /etc/nginx/sites-available/app
    - require:
      - file: /etc/nginx/sites-available/app

/etc/nginx/sites-enabled/default:
  file.absent:
    - require:
      - pkg: web packages

nginx:
  service.running:
    - enable: True
    - reload: True
    - watch:
      - file: /etc/nginx/sites-available/app
      - file: /etc/nginx/sites-enabled/app
      - file: /etc/nginx/sites-enabled/default

nightly report:
  cron.present:
    - name: /usr/bin/tree /srv/app > /var/tmp/report
    - identifier: report
    - user: root
    - minute: 7
    - hour: 3

pager:
  alternatives.install:
    - link: /usr/bin/pager
    - path: /usr/bin/tree
    - priority: 99
    - require:
      - pkg: web packages
