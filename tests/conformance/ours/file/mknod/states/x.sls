pipe:
  file.mknod:
    - name: '@SCRATCH@/p'
    - ntype: p
    - mode: '0640'
wrong:
  file.mknod:
    - name: '@SCRATCH@/a'
    - ntype: c
kind:
  file.mknod:
    - name: '@SCRATCH@/q'
    - ntype: z
