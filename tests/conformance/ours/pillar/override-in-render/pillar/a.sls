a: {{ pillar.get("v", "none") }}
