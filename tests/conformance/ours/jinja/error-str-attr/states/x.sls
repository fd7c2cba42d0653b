{{ 'x'.nope }}
