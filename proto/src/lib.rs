//! Frames, messages, handshake and session crypto as state machines, bincode codec with limits; no IO, no clock.
