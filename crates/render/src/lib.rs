//! Text to value by a chain of renderers; Salt's variables, filters, tests and tags; positions survive.
