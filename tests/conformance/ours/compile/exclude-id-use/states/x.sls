include: [y]
a: {test.configurable_test_state: [{use: [{test: z}]}]}
exclude: [{id: z}]
