# A database server from packages.
redis-server:
  pkg.installed: []
  service.running:
    - enable: True
    - require:
      - pkg: redis-server

/etc/redis/estate.conf:
  file.managed:
    - contents: |
        bind 127.0.0.1
        maxmemory 32mb
    - require:
      - pkg: redis-server

include the estate:
  file.append:
    - name: /etc/redis/redis.conf
    - text: include /etc/redis/estate.conf
    - require:
      - file: /etc/redis/estate.conf
    - watch_in:
      - service: redis-server

/var/lib/scratch:
  mount.mounted:
    - device: tmpfs
    - fstype: tmpfs
    - opts: size=4m,mode=0700
    - mkmnt: True
