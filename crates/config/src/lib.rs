//! Configuration of the daemons: main file and `*.d`, typed keys with doc and default, unknown keys refused with the nearest known one.
