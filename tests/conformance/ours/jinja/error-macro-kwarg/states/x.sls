{% macro m(a) %}{{ a }}{% endmacro %}
{{ m(b=2) }}
