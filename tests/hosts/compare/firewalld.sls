# Zones of firewalld.
# packages: firewalld
# differs: test changes firewalld.present: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: test result firewalld.present inner: test mode of Salt asks for a zone that is not there yet, and fails
# differs: .xml.old: firewalld keeps the last state but one, and steps come in another order
# differs: changes firewalld.present work: Salt lists them in the order of a Python set
# differs: changes firewalld.service: Salt does not tell that it has made the service
# before: systemctl start firewalld; firewall-cmd -q --permanent --new-zone=web; firewall-cmd -q --permanent --zone=work --add-port=9/tcp; firewall-cmd -q --permanent --zone=work --add-service=ftp; firewall-cmd -q --reload
web:
  firewalld.present:
    - ports: [443/tcp]
    - services: [http]
    - masquerade: True

work:
  firewalld.present:
    - ports: [80/tcp]
    - prune_ports: True
    - services: [ssh]
    - prune_services: True
    - block_icmp: [echo-reply]

inner:
  firewalld.present:
    - sources: [10.9.0.0/16]
    - rich_rules:
      - rule service name="snmp" accept
    - port_fwd: ['80:8080:tcp']

dmz:
  firewalld.present:
    - default: True

agent:
  firewalld.service:
    - ports: [10050/tcp]
