//! The Jinja2 language: lexer, parser, interpreter with Python-like mutable values, exact positions, limits. Knows nothing of Salt.
