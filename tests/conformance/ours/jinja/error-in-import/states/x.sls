{% from 'm.jinja' import a with context %}
x: {test.nop: []}
