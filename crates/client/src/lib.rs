//! Typed client of the API, used by the CLI and tests.
