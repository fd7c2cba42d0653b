//! Compiles the pillar of one minion from top file, SLS and external sources.
