keys:
  ssh_auth.manage:
    - user: root
    - enc: ed25519
    - config: '@SCRATCH@/keys'
    - ssh_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBzgIVzGS1vBv3h7dhzVvVd9mFHHFzN8lDPp0QqNIBGX one
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHNyYzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5 two
