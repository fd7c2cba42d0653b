{{ 'x' | raise }}
