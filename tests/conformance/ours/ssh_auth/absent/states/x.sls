gone:
  ssh_auth.absent:
    - name: AAAAC3NzaC1lZDI1NTE5AAAAIHNyYzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5
    - user: root
    - config: '@SCRATCH@/keys'
nothing:
  ssh_auth.absent:
    - name: AAAAC3NzaC1lZDI1NTE5AAAAIBzgIVzGS1vBv3h7dhzVvVd9mFHHFzN8lDPp0QqNIBGX
    - user: root
    - config: '@SCRATCH@/keys'
no_file:
  ssh_auth.absent:
    - name: AAAAC3NzaC1lZDI1NTE5AAAAIBzgIVzGS1vBv3h7dhzVvVd9mFHHFzN8lDPp0QqNIBGX
    - user: root
    - config: '@SCRATCH@/none'
