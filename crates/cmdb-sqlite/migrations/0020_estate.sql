-- The catalogue (roles, projects, groups …), hosts, and checkpoints of the audit log.

-- project: '' for the whole system, so that names are unique there too.
CREATE TABLE object (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    made INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    UNIQUE (kind, project, name)
);

-- Which object names which: nothing goes that is named.
CREATE TABLE object_use (object TEXT NOT NULL, used TEXT NOT NULL, PRIMARY KEY (object, used)) WITHOUT ROWID;
CREATE INDEX object_used ON object_use (used, object);

-- state: 1 active, 2 maintenance, 3 retired. facts: the few of the grains that lists show.
CREATE TABLE host (
    minion INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    until INTEGER,
    version INTEGER NOT NULL,
    made INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    project TEXT NOT NULL,
    environment TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    about TEXT NOT NULL,
    facts TEXT NOT NULL
);

CREATE TABLE audit_checkpoint (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signer TEXT NOT NULL,
    signature TEXT NOT NULL
);
