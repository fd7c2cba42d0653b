makes:
  file.hardlink:
    - name: '@SCRATCH@/new'
    - target: '@SCRATCH@/a'
other:
  file.hardlink:
    - name: '@SCRATCH@/deep/er/l'
    - target: '@SCRATCH@/a'
    - makedirs: True
    - dir_mode: '0750'
forced:
  file.hardlink:
    - name: '@SCRATCH@/c'
    - target: '@SCRATCH@/a'
    - force: True
in_the_way:
  file.hardlink:
    - name: '@SCRATCH@/b'
    - target: '@SCRATCH@/a'
relative:
  file.hardlink:
    - name: b
    - target: '@SCRATCH@/a'
no_target:
  file.hardlink:
    - name: '@SCRATCH@/x'
    - target: '@SCRATCH@/nothing'
folder:
  file.hardlink:
    - name: '@SCRATCH@/x'
    - target: '@SCRATCH@'
two_faults:
  file.hardlink:
    - name: '@SCRATCH@/x'
    - target: a
    - user: nobody-here
