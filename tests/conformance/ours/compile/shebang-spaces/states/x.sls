#! jinja | yaml
a: {test.nop: [{name: {{ sls }}}]}
