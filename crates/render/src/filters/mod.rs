//! Salt's filters, tests and functions for templates, one file for each field.

use jinja::Engine;

/// An engine with everything Salt's templates use.
pub(crate) fn engine() -> Engine {
    Engine::new()
}
