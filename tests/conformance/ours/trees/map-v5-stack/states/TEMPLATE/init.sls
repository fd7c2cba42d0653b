{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ '/map.jinja' import mapdata with context %}
show:
  test.configurable_test_state:
    - changes: False
    - result: True
    - comment: |
        {{ mapdata | yaml(false) | indent(8) }}
