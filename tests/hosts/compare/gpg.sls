# Keys of GnuPG, and files that are taken with a signature only.
# differs: test changes file.managed: Salt foretells a change although the key that it is to be checked with is not there yet
# differs: /etc/ring.gpg: GnuPG writes the time into its file of keys
# before: gpg -q --batch --import /opt/twin/states/data/keys/other.asc
{% set key = '4B6D5C25D21460AC79B8CD902BC7F060E961E449' %}
{% set other = 'A5DB1DBE5C949D6336031A594BB02DA0F80FA918' %}
no source:
  gpg.present:
    - keys: ['{{ key }}']
    - source: salt://data/keys/other.asc
    - skip_keyserver: True

compare:
  gpg.present:
    - keys: ['{{ key }}']
    - source: salt://data/keys/compare.asc
    - skip_keyserver: True
    - trust: ultimately

into a ring:
  gpg.present:
    - keys: ['{{ key }}']
    - source: salt://data/keys/compare.asc
    - skip_keyserver: True
    - keyring: /etc/ring.gpg

signed:
  file.managed:
    - name: /etc/signed
    - source: salt://data/signed
    - signature: salt://data/signed.asc
    - require: [gpg: compare]

by the right one:
  file.managed:
    - name: /etc/signed-by
    - source: salt://data/signed
    - signature: salt://data/signed.asc
    - signed_by_any: ['{{ key }}']
    - require: [gpg: compare]

by another one:
  file.managed:
    - name: /etc/signed-by-other
    - source: salt://data/signed
    - signature: salt://data/signed.asc
    - signed_by_all: ['{{ other }}']
    - require: [gpg: compare]

signed sums:
  file.managed:
    - name: /etc/signed-sums
    - source: /opt/twin/states/data/signed
    - source_hash: /opt/twin/states/data/signed.sums
    - source_hash_sig: True
    - require: [gpg: compare]

other:
  gpg.absent:
    - keys: ['{{ other }}']
    - require: [file: by another one]

never there:
  gpg.absent:
    - keys: ['0123456789ABCDEF0123456789ABCDEF01234567']
