# Files and folders of every kind.
# differs: test changes file.mknod: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: test changes file.recurse: Salt names a folder `tree/.` that it will not make
# differs: changes file.cached: on the host of Salt an earlier state has put the file into the cache already
# differs: /etc/c/copied: Salt documents that `preserve` keeps the owner, and loses it
/etc/c/managed:
  file.managed:
    - contents: |
        one
        two
    - makedirs: True
    - user: daemon
    - group: adm
    - mode: '0640'

/etc/c/from source:
  file.managed:
    - source: salt://data/page.jinja
    - template: jinja
    - context: {word: hello}
    - defaults: {other: there}
    - mode: '0600'

/etc/c/no replace:
  file.managed:
    - contents: never
    - replace: False

/etc/c/dir/deep:
  file.directory:
    - user: games
    - group: games
    - dir_mode: '0751'
    - makedirs: True

/etc/c/link:
  file.symlink:
    - target: /etc/c/managed

/etc/c/hard:
  file.hardlink:
    - target: /etc/c/managed
    - require: [file: /etc/c/managed]

/etc/c/tree:
  file.recurse:
    - source: salt://data/tree
    - file_mode: '0644'
    - dir_mode: '0755'
    - user: daemon
    - include_empty: True

/etc/c/appended:
  file.append:
    - text: [first line, second line]
    - makedirs: True

/etc/c/prepended:
  file.prepend:
    - text: zero line
    - makedirs: True

/etc/c/touched:
  file.touch: []

/etc/c/given:
  file.managed:
    - contents: |
        # managed
        alpha = 1
        beta = 2
        #gamma = 3

alpha grows:
  file.replace:
    - name: /etc/c/given
    - pattern: '^alpha = .*$'
    - repl: alpha = 10

beta sleeps:
  file.comment:
    - name: /etc/c/given
    - regex: ^beta

gamma wakes:
  file.uncomment:
    - name: /etc/c/given
    - regex: ^gamma

a line after:
  file.line:
    - name: /etc/c/given
    - content: delta = 4
    - mode: ensure
    - after: alpha = 10

keys:
  file.keyvalue:
    - name: /etc/c/given
    - key_values: {alpha: '11', epsilon: '5'}
    - separator: ' = '
    - append_if_not_found: True

a block:
  file.blockreplace:
    - name: /etc/c/given
    - marker_start: '# begin'
    - marker_end: '# end'
    - content: inner
    - append_if_not_found: True

/etc/c/data.json:
  file.serialize:
    - dataset: {b: 1, a: [x, y]}
    - serializer: json

/etc/c/data.yaml:
  file.serialize:
    - dataset: {b: 1, a: [x, y]}
    - serializer: yaml

/etc/c/decoded:
  file.decode:
    - encoded_data: aGVsbG8K
    - encoding_type: base64

/etc/c/copied:
  file.copy:
    - source: /etc/c/managed
    - preserve: True
    - require: [file: /etc/c/managed]

/etc/c/renamed:
  file.rename:
    - source: /etc/c/touched
    - require: [file: /etc/c/touched]

/etc/c/fifo:
  file.mknod:
    - ntype: p
    - mode: '0600'

/etc/c/here:
  file.exists:
    - name: /etc/passwd

/etc/c/not here:
  file.missing: []

/etc/legal:
  file.absent: []

/etc/debian_version:
  file.absent: []

to be patched:
  file.managed:
    - name: /etc/c/patched
    - contents: |
        one
        two
        three
    - replace: False

a patch:
  file.patch:
    - name: /etc/c/patched
    - source: salt://data/fix.patch
    - require: [file: to be patched]

/usr/share/doc/hostname:
  file.tidied:
    - age: 0
    - matches: ['copyright']

gathered:
  file.accumulated:
    - name: words
    - filename: /etc/c/accumulated
    - text: [eins, zwei]
    - require_in: [file: /etc/c/accumulated]

/etc/c/accumulated:
  file.managed:
    - source: salt://data/accumulated.jinja
    - template: jinja

salt://data/page.jinja:
  file.cached: []

/etc/c/no such owner:
  file.managed:
    - contents: x
    - user: nobodyknows

/etc/c/cannot/be:
  file.managed:
    - contents: x
