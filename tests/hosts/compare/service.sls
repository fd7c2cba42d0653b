# Services.
# before: printf '[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n[Install]\nWantedBy=multi-user.target\n' | tee /etc/systemd/system/one.service /etc/systemd/system/two.service /etc/systemd/system/three.service /etc/systemd/system/four.service >/dev/null; printf '[Service]\nExecStart=/bin/false\n' > /etc/systemd/system/broken.service; systemctl daemon-reload; systemctl enable --now two.service three.service
one:
  service.running:
    - enable: True

two:
  service.dead:
    - enable: False

stays:
  service.running:
    - name: three

three:
  service.disabled: []

four:
  service.enabled: []

masked:
  service.masked:
    - name: systemd-timesyncd

masked now:
  service.masked:
    - name: four
    - runtime: True

unmasked:
  service.unmasked:
    - name: four
    - runtime: True

never masked:
  service.unmasked:
    - name: one

broken:
  service.running: []

no such service:
  service.running:
    - name: nowhere

not there:
  service.dead:
    - name: nowhere

not enabled:
  service.enabled:
    - name: nowhere

/etc/trigger:
  file.managed:
    - contents: x

watches:
  service.running:
    - name: three
    - watch: [file: /etc/trigger]

watches and reloads:
  service.running:
    - name: one
    - reload: True
    - watch: [file: /etc/trigger]

dead by watch:
  service.dead:
    - name: two
    - watch: [file: /etc/trigger]
