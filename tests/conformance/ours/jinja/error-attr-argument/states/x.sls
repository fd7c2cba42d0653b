{{ 'x' | attr }}
