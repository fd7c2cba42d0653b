relative:
  file.patch:
    - name: f
    - source: salt://f.patch
missing:
  file.patch:
    - name: '@SCRATCH@/nothing'
    - source: salt://f.patch
options:
  file.patch:
    - name: '@SCRATCH@/f'
    - source: salt://f.patch
    - options: -N -o x
strip:
  file.patch:
    - name: '@SCRATCH@/f'
    - source: salt://f.patch
    - options: -px
reject:
  file.patch:
    - name: '@SCRATCH@/f'
    - source: salt://f.patch
    - reject_file: '@SCRATCH@/no/r'
