#!json
{"x": 1}
