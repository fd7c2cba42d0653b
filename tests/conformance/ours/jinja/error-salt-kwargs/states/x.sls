{{ salt['test.echo']('x', foo=1) }}
