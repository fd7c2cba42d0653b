{{ 5 | indent }}
