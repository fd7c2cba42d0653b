include:
  - _i:
      key: p:q
      defaults: {v: 5}
