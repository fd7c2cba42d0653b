one:
  environ.setenv:
    - name: LAB_ONE
    - value: first
    - require_in:
      - cmd: echo "$LAB_ONE/$LAB_TWO/$LAB_GONE" > @SCRATCH@/seen
several:
  environ.setenv:
    - name: any
    - value:
        LAB_TWO: second
        LAB_EMPTY: False
gone:
  environ.setenv:
    - name: LAB_GONE
    - value: False
    - false_unsets: True
wrong:
  environ.setenv:
    - name: LAB_WRONG
    - value: 7
again:
  environ.setenv:
    - name: LAB_ONE
    - value: first
    - require:
      - environ: one
echo "$LAB_ONE/$LAB_TWO/$LAB_GONE" > @SCRATCH@/seen:
  cmd.run:
    - require:
      - environ: several
      - environ: gone
