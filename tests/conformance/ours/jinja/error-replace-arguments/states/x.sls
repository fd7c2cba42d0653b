{{ 'x' | replace }}
