{%- from 'web/map.jinja' import web with context %}
{%- set home = pillar['demo']['home'] ~ '/' ~ grains['id'] %}

include:
  - common

site.conf:
  file.managed:
    - name: {{ home }}/site.conf
    - source: salt://web/site.conf.jinja
    - template: jinja
    - mode: '0640'
    - context:
        web: {{ web | json }}
    - require:
      - file: home

{%- for name, vhost in web.get('vhosts', {}).items() %}
{{ home }}/vhosts/{{ name }}:
  file.managed:
    - contents: "root {{ vhost.root }}"
    - makedirs: True
    - require:
      - file: site.conf
    - watch_in:
      - cmd: reload
{%- endfor %}

reload:
  cmd.wait:
    - name: echo "reloaded with $(ls {{ home }}/vhosts | wc -l) sites" >> {{ home }}/reload.log
    - watch:
      - file: site.conf
