{% for ending in ['tar', 'tar.bz2', 'tar.xz', 'tgz', 'zip'] %}
{{ ending }}:
  archive.extracted:
    - name: '@SCRATCH@/{{ ending }}'
    - source: '@SCRATCH@/app.{{ ending }}'
{% endfor %}
