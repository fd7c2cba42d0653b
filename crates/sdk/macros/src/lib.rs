//! The derive `Args`: decoding, defaults, aliases and the static argument table of a function.
