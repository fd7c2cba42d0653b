{{ 5 | wordwrap(3) }}
