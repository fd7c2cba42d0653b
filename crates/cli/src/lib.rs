//! Command lines `sylvite`, and `salt`, `salt-key`, `salt-run`, `salt-cp` by name: parse, ask the client, print.
