include:
  - _i: {key: one}
  - _i: {key: two}
