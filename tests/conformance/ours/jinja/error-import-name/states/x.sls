{% from 'm.jinja' import nope with context %}
{{ nope }}
