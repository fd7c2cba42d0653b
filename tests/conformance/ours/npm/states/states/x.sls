new:
  npm.installed:
    - pkgs: [yarn, 'left-pad@1.3.0']
there:
  npm.installed:
    - name: six
fails:
  npm.installed:
    - name: broken
gone:
  npm.removed:
    - name: old
nothing:
  npm.removed:
    - name: nothing
