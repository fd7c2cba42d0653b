a: {module.run: [{test.echo: [hi]}]}
b: {module.run: [{test.echo: [{text: {a: 1}}]}]}
c: {module.run: [{test.echo: [{text: {retcode: 1, comment: c}}]}]}
d: {module.run: [{test.echo: [{text: {r: {result: false}}}]}]}
e: {module.run: [{test.echo: [{text: {result: true, comment: good}}]}]}
f: {module.run: [{test.arg: [1, {a: 2}, x, {b: 3}]}]}
g: {module.run: [{test.echo: []}]}
h: {module.run: [{test.nosuch: []}]}
i: {module.run: []}
j: {module.run: [{foo: bar}]}
k: {module.run: [{name: zz}, {test.echo: [hi]}]}
l: {module.run: [{test.echo: [hi]}, {returner: local}]}
m: {module.run: [{test.echo: [false]}]}
n: {module.run: [{test.echo: [{text: x}, {nope: y}]}]}
o: {module.run: [{name: test.echo}, {args: [x]}]}
p: {module.run: [{name: test.arg}, {args: [x, 1]}, {kwargs: {a: 1}}, {b: 2}]}
q: {module.run: [{name: test.echo}, {text: a}, {nope: y}]}
r: {module.run: [{name: test.nosuch}]}
s: {module.run: [{name: test.echo}]}
t: {module.run: [{test.echo: [hi]}, {require: [{module: a}]}]}
