//! The only door to the managed machine: run a command, read, write, own a file; a real host and a recorded fake host.
