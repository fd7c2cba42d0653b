{{ 'a' | base64_decode }}
