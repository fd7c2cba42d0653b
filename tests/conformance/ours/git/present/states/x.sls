bare:
  git.present:
    - name: '@SCRATCH@/bare.git'
plain:
  git.present:
    - name: '@SCRATCH@/plain'
    - bare: False
full:
  git.present:
    - name: '@SCRATCH@/full'
