//! Our commands: `demo`, `test`, `ci`, `bench`, `docs`, `layers`, `tidy`, `conformance`.

fn main() {}
