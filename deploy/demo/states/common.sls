{#- Everything of the demonstration lives below one scratch folder, a folder for each minion. #}
{%- set home = pillar['demo']['home'] ~ '/' ~ grains['id'] %}

home:
  file.directory:
    - name: {{ home }}
    - mode: '0755'
    - makedirs: True

motd:
  file.managed:
    - name: {{ home }}/motd
    - contents: |
        {{ grains['id'] }} runs {{ grains['os'] }} {{ grains['osrelease'] }} on {{ grains['num_cpus'] }} CPUs.
        Managed by Sylvite; changes by hand are overwritten.
    - require:
      - file: home
