# Commands.
echo hello; echo there >&2:
  cmd.run: []

fails:
  cmd.run:
    - name: echo bad >&2; exit 3

creates:
  cmd.run:
    - name: touch /etc/created
    - creates: /etc/created

unless:
  cmd.run:
    - name: touch /etc/unless
    - unless: test -f /etc/passwd

onlyif:
  cmd.run:
    - name: touch /etc/onlyif
    - onlyif: [test -f /etc/passwd, test -f /nowhere]

environment:
  cmd.run:
    - name: echo $WORD > /etc/word
    - env: [WORD: hello]
    - cwd: /etc
    - runas: root
    - umask: '077'

as another:
  cmd.run:
    - name: id -un
    - runas: daemon

success:
  cmd.run:
    - name: exit 2
    - success_retcodes: [2]

a script:
  cmd.script:
    - source: salt://data/script.sh
    - args: one two
    - cwd: /

stateful:
  cmd.run:
    - name: echo; echo "changed=yes comment='it was done' word=x"
    - stateful: True

waits:
  cmd.wait:
    - name: echo woken > /etc/woken
    - watch: [cmd: creates]

script waits:
  cmd.wait_script:
    - source: salt://data/script.sh
    - watch: [cmd: creates]

never called:
  cmd.wait:
    - name: touch /etc/never

too long:
  cmd.run:
    - name: sleep 30
    - timeout: 1

hidden:
  cmd.run:
    - name: echo secret
    - hide_output: True
