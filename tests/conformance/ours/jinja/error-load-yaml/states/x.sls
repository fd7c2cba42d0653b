{% load_yaml as x %}
a: b: c
{% endload %}
{{ x }}
