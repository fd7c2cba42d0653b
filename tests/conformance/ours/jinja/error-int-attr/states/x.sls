{{ (5).nope }}
