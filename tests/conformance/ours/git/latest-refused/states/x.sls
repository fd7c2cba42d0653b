relative:
  git.latest: {name: '@SCRATCH@/up', target: clone}
file:
  git.latest: {name: '@SCRATCH@/up', target: '@SCRATCH@/file'}
full:
  git.latest: {name: '@SCRATCH@/up', target: '@SCRATCH@/full'}
no_rev:
  git.latest: {name: '@SCRATCH@/up', target: '@SCRATCH@/clone', rev: nothing}
bare_rev:
  git.latest: {name: '@SCRATCH@/up', target: '@SCRATCH@/clone', rev: v1, bare: True}
depth:
  git.latest: {name: '@SCRATCH@/up', target: '@SCRATCH@/clone', depth: 1}
reset:
  git.latest: {name: '@SCRATCH@/up', target: '@SCRATCH@/clone', force_reset: some}
