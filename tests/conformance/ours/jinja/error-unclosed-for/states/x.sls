a:
{% for x in [1] %}
