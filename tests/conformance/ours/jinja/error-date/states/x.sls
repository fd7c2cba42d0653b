{{ 'nope' | strftime('%Y') }}
