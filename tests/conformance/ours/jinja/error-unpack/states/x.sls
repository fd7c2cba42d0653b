{% for a, b in [[1]] %}{{ a }}{% endfor %}
