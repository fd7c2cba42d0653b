#!yaml
x: "{{ y }}"
