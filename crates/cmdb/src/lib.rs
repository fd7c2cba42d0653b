//! Storage port: one trait per noun, models, errors, and the behaviour suite every backend passes.
