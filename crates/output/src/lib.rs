//! Outputters (highstate, nested, table, json, yaml, txt): value to text, pure.
