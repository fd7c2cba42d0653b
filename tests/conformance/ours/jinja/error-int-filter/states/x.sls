{{ [] | int }}{{ 'abc' | int }}{{ none | int }}
