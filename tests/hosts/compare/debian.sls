# Alternatives, debconf, aliases, access lists and modules by hand.
# differs: alternatives.: Salt 3008 brings no states of alternatives any more; formulas use them
# differs: editor1: Salt 3008 brings no states of alternatives any more
# differs: test changes alias.present: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: test changes grains.list_present: test mode of Salt foretells the change in words only, ours in `changes` too
# differs: test result environ.setenv: test mode of Salt calls a change that it foretells a success
# before: printf '# aliases\nroot: old\n' > /etc/aliases; echo x > /etc/acl; touch /usr/local/bin/ed1
editor1:
  alternatives.install:
    - link: /usr/bin/editor1
    - path: /usr/local/bin/ed1
    - priority: 50

set:
  alternatives.set:
    - name: editor1
    - path: /usr/local/bin/ed1

none:
  alternatives.remove:
    - name: nothing
    - path: /nowhere

tzdata:
  debconf.set:
    - data:
        tzdata/Areas: {type: select, value: Europe}

root:
  alias.present:
    - target: ann

post:
  alias.present:
    - target: ann, bob

nobody:
  alias.absent: []

/etc/acl:
  acl.present:
    - acl_type: user
    - acl_name: daemon
    - perms: rw

no acl:
  acl.absent:
    - name: /etc/acl
    - acl_type: user
    - acl_name: games

old form:
  module.run:
    - name: test.echo
    - text: hello

new form:
  module.run:
    - test.echo:
      - text: hello
    - file.touch:
      - name: /etc/by-module

waits:
  module.wait:
    - name: test.echo
    - text: hello

nothing:
  test.nop: []

succeeds:
  test.succeed_with_changes: []

fails:
  test.fail_without_changes: []

configured:
  test.configurable_test_state:
    - changes: True
    - result: True
    - comment: so it is

a grain:
  grains.present:
    - name: role
    - value: web

a list:
  grains.list_present:
    - name: roles
    - value: [one, two]

not in it:
  grains.list_absent:
    - name: roles
    - value: three

no grain:
  grains.absent:
    - name: nothing

WORD:
  environ.setenv:
    - value: hello

told:
  event.send:
    - name: compare/told
    - data: {a: 1}
