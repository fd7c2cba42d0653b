{{ salt.nosuch.fun('x') }}
