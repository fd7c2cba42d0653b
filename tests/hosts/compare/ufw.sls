# The uncomplicated firewall.
# packages: ufw
# differs: ufw.: Salt 3008 brings no states of ufw any more; formulas use them
# differs: /etc/ufw: Salt 3008 brings no states of ufw any more
# differs: /var/lib/ufw: Salt 3008 brings no states of ufw any more
# differs: packet filter: Salt 3008 brings no states of ufw any more
# differs: kernel variables: Salt 3008 brings no states of ufw any more
# differs: unit files: Salt 3008 brings no states of ufw any more
# before: ufw --force enable; ufw allow 9/tcp; ufw --force disable
web:
  ufw.allow:
    - protocol: tcp
    - to_port: 80

named:
  ufw.allowed:
    - app: ''
    - protocol: udp
    - to_port: 53
    - from_addr: 10.0.0.0/8

closed:
  ufw.deny:
    - protocol: tcp
    - to_port: 23

closed too:
  ufw.denied:
    - protocol: tcp
    - to_port: 24

slow:
  ufw.limit:
    - protocol: tcp
    - to_port: 22

slow too:
  ufw.limited:
    - protocol: tcp
    - to_port: 2222

incoming:
  ufw.default_incoming:
    - default: deny

outgoing:
  ufw.default_outgoing:
    - default: allow

'enabled':
  ufw.enabled: []
