# What every machine of the estate has: time zone, locale, kernel variables, names, people and their keys.
{% set estate = pillar['estate'] %}

Europe/Berlin:
  timezone.system: []

the language:
  locale.present:
    - name: {{ estate.locale }}

system locale:
  locale.system:
    - name: {{ estate.locale }}
    - require:
      - locale: the language

net.ipv4.conf.all.log_martians:
  sysctl.present:
    - value: 1

{% for name, address in estate.hosts.items() %}
{{ name }}:
  host.present:
    - ip: {{ address }}
{% endfor %}

developers:
  group.present:
    - gid: 2000

{% for name, user in estate.users.items() %}
{{ name }}:
  user.present:
    - uid: {{ user.uid }}
    - fullname: {{ user.fullname }}
    - shell: /bin/bash
    - groups: [developers]
    - password: {{ user.hash }}
    - require:
      - group: developers

/home/{{ name }}/.ssh:
  file.directory:
    - user: {{ name }}
    - group: {{ name }}
    - mode: '0700'
    - require:
      - user: {{ name }}

/home/{{ name }}/.ssh/authorized_keys:
  file.managed:
    - contents: {{ user.key }}
    - user: {{ name }}
    - group: {{ name }}
    - mode: '0600'
    - require:
      - file: /home/{{ name }}/.ssh
{% endfor %}

deploy may sudo:
  file.managed:
    - name: /etc/sudoers.d/deploy
    - contents: 'deploy ALL=(ALL) NOPASSWD: ALL'
    - mode: '0440'

nobody logs in as games:
  user.absent:
    - name: games
