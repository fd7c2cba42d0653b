include:
  - _i: {key: one}
  - _j: {key: two}
