include: [y]
extend:
  a:
    cmd:
      - name: x
