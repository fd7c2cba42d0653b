-- The catalogue (roles, projects, groups …), hosts, and checkpoints of the audit log: the same tables as on SQLite.

-- project: '' for the whole system, so that names are unique there too.
CREATE TABLE object (
    version BIGINT NOT NULL,
    made BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    project TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    made_by TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    UNIQUE (kind, project, name)
);

-- Which object names which: nothing goes that is named.
CREATE TABLE object_use (object TEXT COLLATE "C" NOT NULL, used TEXT COLLATE "C" NOT NULL, PRIMARY KEY (object, used));
CREATE INDEX object_used ON object_use (used, object);

-- state: 1 active, 2 maintenance, 3 retired. facts: the few of the grains that lists show.
CREATE TABLE host (
    until BIGINT,
    version BIGINT NOT NULL,
    made BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    minion INTEGER PRIMARY KEY,
    state SMALLINT NOT NULL,
    project TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    changed_by TEXT NOT NULL,
    about TEXT NOT NULL,
    facts TEXT NOT NULL
);

CREATE TABLE audit_checkpoint (
    sequence BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    signer TEXT NOT NULL,
    signature TEXT NOT NULL
);
