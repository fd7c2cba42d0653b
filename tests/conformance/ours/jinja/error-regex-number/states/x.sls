{{ 5 | regex_replace('a', 'b') }}
