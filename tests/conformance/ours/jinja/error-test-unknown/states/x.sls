{{ 'x' is notest }}
