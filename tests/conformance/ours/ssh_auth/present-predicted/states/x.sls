plain:
  ssh_auth.present:
    - name: AAAAC3NzaC1lZDI1NTE5AAAAIBzgIVzGS1vBv3h7dhzVvVd9mFHHFzN8lDPp0QqNIBGX
    - user: root
    - enc: ed25519
    - comment: one
    - config: '@SCRATCH@/keys'
line:
  ssh_auth.present:
    - name: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHNyYzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5 changed
    - user: root
    - config: '@SCRATCH@/keys'
there:
  ssh_auth.present:
    - name: no-pty,command="echo a b" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1 three
    - user: root
    - config: '@SCRATCH@/keys'
bad:
  ssh_auth.present:
    - name: 'not_a_key!'
    - user: root
    - config: '@SCRATCH@/keys'
