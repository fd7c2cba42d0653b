{% if false %}a{% endif %}
