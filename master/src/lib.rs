//! The daemon: sessions, keys, jobs, bus, file and pillar service, runners; implements `Control`.
