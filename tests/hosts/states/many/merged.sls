# Fifty packages by fifty states that may be merged, and a state that wants the last of them.
{% from 'many/names.jinja' import names %}
{% for name in names %}
{{ name }}:
  pkg.installed:
    - aggregate: True
{% endfor %}

/var/tmp/many:
  file.managed:
    - contents: all are there
    - require:
      - pkg: {{ names | last }}
