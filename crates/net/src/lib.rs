//! Connections over ZeroMQ: listen, dial, reconnect, heartbeat, lanes, back-pressure; an in-memory wire for tests.
