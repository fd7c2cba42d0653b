{{ salt.test.nosuch('x') }}
