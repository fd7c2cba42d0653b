new:
  alias.present:
    - name: root
    - target: ops@example.org
list:
  alias.present:
    - name: team
    - target: [a@example.org, b@example.org]
there:
  alias.present:
    - name: bob
    - target: bob@example.org
gone:
  alias.absent:
    - name: postmaster
nothing:
  alias.absent:
    - name: nobody
