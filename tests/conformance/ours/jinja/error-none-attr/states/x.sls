{{ none.nope }}
