{{ 5 | base64_encode }}
