file:
  file.patch:
    - name: '@SCRATCH@/f'
    - source: salt://f.patch
folder:
  file.patch:
    - name: '@SCRATCH@/d'
    - source: salt://f.patch
    - strip: 1
templated:
  file.patch:
    - name: '@SCRATCH@/t'
    - source: salt://t.patch
    - template: jinja
    - context: {word: THREE}
