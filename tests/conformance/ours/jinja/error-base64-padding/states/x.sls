{{ 'abc' | base64_decode }}
