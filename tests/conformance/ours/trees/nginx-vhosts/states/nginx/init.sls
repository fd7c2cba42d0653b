{%- from 'nginx/macros.jinja' import vhost, option with context %}
{%- set ns = namespace(n=0, names=[]) %}
nginx:
  test.nop:
    - name: nginx
    - watch:
      - test: nginx-*
{% for site in pillar.sites %}
{{ vhost(site.name, site.get('aliases', []), **site.get('options', {})) }}
{%- set ns.n = ns.n + 1 %}{% do ns.names.append(site.name) %}
{% endfor %}
summary:
  test.configurable_test_state:
    - changes: {{ ns.n > 1 }}
    - result: True
    - comment: '{{ ns.names | join('+') }} {{ ns.n }}'
