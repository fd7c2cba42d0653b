{{ 'x'.nope() }}
