new:
  ssh_known_hosts.present:
    - name: c.example.org
    - key: AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1
    - enc: ssh-ed25519
    - hash_known_hosts: False
    - config: '@SCRATCH@/known'
gone:
  ssh_known_hosts.absent:
    - name: a.example.org
    - config: '@SCRATCH@/known'
nothing:
  ssh_known_hosts.absent:
    - name: z.example.org
    - config: '@SCRATCH@/known'
