new:
  ssh_known_hosts.present:
    - name: c.example.org
    - key: AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1
    - enc: ssh-ed25519
    - hash_known_hosts: False
    - config: '@SCRATCH@/known'
changed:
  ssh_known_hosts.present:
    - name: b.example.org
    - key: AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1
    - enc: ssh-ed25519
    - hash_known_hosts: False
    - config: '@SCRATCH@/known'
there:
  ssh_known_hosts.present:
    - name: a.example.org
    - key: AAAAC3NzaC1lZDI1NTE5AAAAIBzgIVzGS1vBv3h7dhzVvVd9mFHHFzN8lDPp0QqNIBGX
    - enc: ssh-ed25519
    - hash_known_hosts: False
    - config: '@SCRATCH@/known'
relative:
  ssh_known_hosts.present:
    - name: a.example.org
    - key: AAAAC3NzaC1lZDI1NTE5AAAAIBzgIVzGS1vBv3h7dhzVvVd9mFHHFzN8lDPp0QqNIBGX
    - enc: ssh-ed25519
    - config: known
