# Virtual environments and packages of Python, from wheels that lie in a folder.
# differs: test changes pip.removed: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: apply changes virtualenv.managed: Salt looks for Python's version where Python 2 wrote it, and finds nothing
# before: python3 /opt/twin/states/data/wheels.py /srv/wheels one=1.0 one=1.1 two=2.0 three=3.0
# before: virtualenv -q /srv/old && /srv/old/bin/pip install -q --no-index --find-links /srv/wheels one==1.0 two==2.0; printf 'three==3.0\n' > /srv/requirements.txt
/srv/new:
  virtualenv.managed:
    - python: /usr/bin/python3

/srv/required:
  virtualenv.managed:
    - venv_bin: virtualenv
    - system_site_packages: False

/srv/old:
  virtualenv.managed: []

one of a version:
  pip.installed:
    - name: one == 1.0
    - bin_env: /srv/new
    - no_index: True
    - find_links: /srv/wheels
    - require: [virtualenv: /srv/new]

one at least:
  pip.installed:
    - name: one >= 1.1
    - bin_env: /srv/old
    - no_index: True
    - find_links: /srv/wheels

several:
  pip.installed:
    - pkgs: [two, three]
    - bin_env: /srv/new
    - no_index: True
    - find_links: /srv/wheels
    - require: [virtualenv: /srv/new]

by a list:
  pip.installed:
    - requirements: /srv/requirements.txt
    - bin_env: /srv/required
    - no_index: True
    - find_links: /srv/wheels
    - require: [virtualenv: /srv/required]

there already:
  pip.installed:
    - name: one
    - bin_env: /srv/old

no such package:
  pip.installed:
    - name: nowhere
    - bin_env: /srv/new
    - no_index: True
    - find_links: /srv/wheels

two:
  pip.removed:
    - bin_env: /srv/old

never there:
  pip.removed:
    - bin_env: /srv/old

everything:
  pip.uptodate:
    - bin_env: /srv/old
