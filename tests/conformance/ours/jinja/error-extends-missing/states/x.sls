{% extends 'nope.jinja' %}
