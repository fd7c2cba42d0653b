new:
  alias.present:
    - name: root
    - target: ops@example.org
changed:
  alias.present:
    - name: bob
    - target: dan@example.org
there:
  alias.present:
    - name: bob
    - target: dan@example.org
gone:
  alias.absent:
    - name: postmaster
nothing:
  alias.absent:
    - name: nobody
