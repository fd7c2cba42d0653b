include: [nope]
a: {{ nope }}
