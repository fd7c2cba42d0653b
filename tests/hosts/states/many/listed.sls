# Fifty packages by one state.
{% from 'many/names.jinja' import names %}
fifty packages:
  pkg.installed:
    - pkgs: {{ names | json }}
