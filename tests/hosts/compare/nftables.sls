# nftables: a table, a chain and rules of its own.
# differs: nftables.chain_absent: Salt stops with an error of Python
# differs: nftables.insert: Salt stops with an error of Python
# differs: packet filter: the rule that Salt could not insert
filter:
  nftables.table_present:
    - family: ip

filter6:
  nftables.table_absent:
    - family: ip6

input:
  nftables.chain_present:
    - table: filter
    - family: ip
    - table_type: filter
    - hook: input
    - priority: 0
    - require: [nftables: filter]

gone:
  nftables.chain_absent:
    - table: filter
    - family: ip

open:
  nftables.append:
    - table: filter
    - chain: input
    - family: ip
    - proto: tcp
    - dport: 443
    - jump: accept
    - require: [nftables: input]

first:
  nftables.insert:
    - table: filter
    - chain: input
    - family: ip
    - proto: tcp
    - dport: 22
    - jump: accept
    - require: [nftables: input]
