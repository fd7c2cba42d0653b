loopback is free:
  iptables.append:
    - chain: INPUT
    - in-interface: lo
    - jump: ACCEPT

answers come in:
  iptables.append:
    - chain: INPUT
    - match: state
    - connstate: [ESTABLISHED, RELATED]
    - jump: ACCEPT
    - require:
      - iptables: loopback is free

the web is open:
  iptables.append:
    - chain: INPUT
    - proto: tcp
    - dport: {{ pillar['estate']['port'] }}
    - jump: ACCEPT
    - save: True
    - require:
      - iptables: answers come in
