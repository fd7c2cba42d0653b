//! The agent on every server: session, inbox, run, spool, functions that need the agent.
