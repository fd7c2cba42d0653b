# Interfaces, routes and names by ifupdown.
# packages: ifupdown
# differs: changes network.system: Salt writes its file of settings anew at every run
# differs: /etc/default/networking: Salt writes this file anew and loses what its author wrote; we leave lines alone that are not ours
# differs: /etc/network/interfaces: Salt loses lines that begin with `source`
# differs: /etc/resolv.conf: Salt does not write down the domain that is searched
# before: ip link add eth9 type veth peer name eth8; ip link set eth8 up; printf 'source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n' > /etc/network/interfaces
eth9:
  network.managed:
    - enabled: True
    - type: eth
    - proto: static
    - ipaddr: 10.99.0.2
    - netmask: 255.255.255.0

eth7:
  network.managed:
    - enabled: False
    - type: eth
    - proto: dhcp

by another way:
  network.routes:
    - name: eth9
    - routes:
      - name: inner
        ipaddr: 10.98.0.0
        netmask: 255.255.0.0
        gateway: 10.99.0.1

system:
  network.system:
    - enabled: True
    - hostname: twin
    - nozeroconf: True
    - search: example.com
