{% if true %}
x
