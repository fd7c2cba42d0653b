{{ {'a': 1} | append_dict_key_value('a', 2) }}
