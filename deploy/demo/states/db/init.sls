{%- set home = pillar['demo']['home'] ~ '/' ~ grains['id'] %}

include:
  - common

database:
  file.managed:
    - name: {{ home }}/db.conf
    - contents: "max_connections = {{ salt['pillar.get']('db:connections', 100) }}"
    - require:
      - file: home

initialise:
  cmd.run:
    - name: mkdir {{ home }}/data && echo 1 > {{ home }}/data/VERSION
    - creates: {{ home }}/data/VERSION
    - require:
      - file: database
