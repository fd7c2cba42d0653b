{{ 5[1:] if false else (5)[1:] }}
