{{ 5 | load_yaml }}
