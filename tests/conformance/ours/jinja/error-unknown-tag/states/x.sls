{% foo %}
