{{ [1].nope }}
