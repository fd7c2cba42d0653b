{{ 5 | truncate(3) }}
