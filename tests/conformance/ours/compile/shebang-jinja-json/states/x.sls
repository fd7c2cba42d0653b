#!jinja|json
{"a": {"test.nop": [{"name": "{{ sls }}"}]}}
