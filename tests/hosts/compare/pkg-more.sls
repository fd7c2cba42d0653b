# Packages that are up to date, repositories and their keys.
# differs: test changes pkgrepo.absent: test mode of Salt foretells the change in words only, ours in `changes` too
everything:
  pkg.uptodate:
    - refresh: True

a repository:
  pkgrepo.managed:
    - name: deb http://deb.debian.org/debian bookworm-backports main
    - file: /etc/apt/sources.list.d/backports.list

signed:
  pkgrepo.managed:
    - name: deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg arch=amd64] http://deb.debian.org/debian bookworm-proposed-updates main
    - file: /etc/apt/sources.list.d/proposed.list
    - refresh: False

no repository:
  pkgrepo.absent:
    - name: deb http://deb.debian.org/debian bookworm-nothing main

unwanted:
  pkgrepo.absent:
    - name: deb http://deb.debian.org/debian bookworm-updates main
