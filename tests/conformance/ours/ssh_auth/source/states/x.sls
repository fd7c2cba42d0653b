keys:
  ssh_auth.present:
    - source: salt://keys.pub
    - user: root
    - config: '@SCRATCH@/dir/keys'
