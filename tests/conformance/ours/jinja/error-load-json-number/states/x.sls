{{ 5 | load_json }}
