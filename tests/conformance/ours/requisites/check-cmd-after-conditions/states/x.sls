a: {test.fail_without_changes: [{onlyif: 'false'}, {check_cmd: ['false']}]}
b: {test.succeed_with_changes: [{onlyif: 'false'}, {check_cmd: ['true']}]}
c: {test.succeed_with_changes: [{unless: 'true'}, {check_cmd: ['false']}]}
d: {test.succeed_with_changes: [{creates: /}, {check_cmd: ['false']}]}
e: {test.succeed_with_changes: [{onchanges: [{test: n}]}, {check_cmd: ['false']}]}
f: {test.succeed_with_changes: [{onlyif: ['true','false']}, {check_cmd: ['false']}]}
g: {test.succeed_with_changes: [{onlyif: 'false'}, {names: [g1, g2]}, {check_cmd: ['false']}]}
h: {test.succeed_with_changes: [{onlyif: [{fun: test.false}]}, {check_cmd: ['false']}]}
i: {test.succeed_with_changes: [{unless: 'true'}, {check_cmd: ['true']}]}
j: {test.nop: [{require: [{test: a}]}]}
k: {cmd.run: [{name: 'true'}, {unless: 'true'}, {check_cmd: ['false']}]}
l: {file.managed: [{name: '@SCRATCH@/l'}, {contents: x}, {unless: 'true'}, {check_cmd: 'false'}]}
n: test.nop
