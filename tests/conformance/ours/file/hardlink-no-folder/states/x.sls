no_folder:
  file.hardlink:
    - name: '@SCRATCH@/deep/l'
    - target: '@SCRATCH@/a'
