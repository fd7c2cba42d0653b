base:
  ng:
    - match: nodegroup
    - x
  'N@ng and minion1':
    - y
  'N@nope':
    - z
