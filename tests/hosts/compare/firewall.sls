# Packet filters.
# differs: iptables.flush: Salt says at every run that it flushes, also a table that is empty; a second run of ours changes nothing
web:
  iptables.append:
    - chain: INPUT
    - proto: tcp
    - dport: 80
    - jump: ACCEPT

first:
  iptables.insert:
    - chain: INPUT
    - position: 1
    - in-interface: lo
    - jump: ACCEPT
    - comment: loopback is free

own:
  iptables.chain_present: []

in own:
  iptables.append:
    - chain: own
    - source: 10.0.0.0/8
    - jump: DROP

none:
  iptables.chain_absent: []

not there:
  iptables.delete:
    - chain: INPUT
    - proto: udp
    - dport: 53
    - jump: ACCEPT

policy:
  iptables.set_policy:
    - chain: FORWARD
    - policy: DROP

saved:
  iptables.append:
    - chain: OUTPUT
    - proto: tcp
    - match: [state, comment]
    - connstate: NEW
    - comment: new ones
    - jump: ACCEPT
    - save: True

flushed:
  iptables.flush:
    - table: nat
