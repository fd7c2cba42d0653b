{{ 5 is match('a') }}
