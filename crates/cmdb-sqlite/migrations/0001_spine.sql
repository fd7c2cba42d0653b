-- Minions, grains, keys, jobs, returns, events, audit.
-- Moments and job ids are microseconds since 1970. Minions stand in all tables by number: a name costs up to 255 bytes, a number three.
-- Two-column keys are the table itself (WITHOUT ROWID): no second copy of the key.

-- The numbers of minions. A name stays when a minion is forgotten: its jobs and keys still say whose they are.
CREATE TABLE minion (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);

-- state: 0 never, 1 online, 2 offline. detail: address when online, reason when offline.
CREATE TABLE presence (
    minion INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    since INTEGER NOT NULL,
    detail TEXT NOT NULL,
    version TEXT,
    last_seen INTEGER,
    grains_at INTEGER
);

-- The wide row. When it was pushed stands in `presence`: most pushes change nothing else.
CREATE TABLE grains (minion INTEGER PRIMARY KEY, grains TEXT NOT NULL);

CREATE TABLE grain_change (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    minion INTEGER NOT NULL,
    at INTEGER NOT NULL,
    path TEXT NOT NULL,
    old TEXT,
    new TEXT
);
CREATE INDEX grain_change_minion ON grain_change (minion, n);
CREATE INDEX grain_change_path ON grain_change (path, n);

-- state: 0 pending, 1 accepted, 2 rejected, 3 denied. At most one key of an id is not denied.
CREATE TABLE minion_key (
    minion INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    public TEXT NOT NULL,
    state INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (minion, fingerprint)
) WITHOUT ROWID;
CREATE UNIQUE INDEX minion_key_holder ON minion_key (minion) WHERE state <> 3;

CREATE TABLE key_change (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    minion INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    from_state INTEGER,
    to_state INTEGER,
    changed_by TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX key_change_minion ON key_change (minion, n);

CREATE TABLE join_token (
    hash BLOB PRIMARY KEY,
    pattern TEXT NOT NULL,
    made INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    expires INTEGER NOT NULL,
    used_by TEXT,
    used_at INTEGER
) WITHOUT ROWID;

-- delimiter and options are NULL when they are the usual ones.
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    target_kind TEXT NOT NULL,
    target TEXT NOT NULL,
    delimiter TEXT,
    function TEXT NOT NULL,
    calls TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    options TEXT
);

-- stage: 0 queued, 1 delivered, 2 running, 3 returned, 4 failed, 5 lost, 6 expired.
CREATE TABLE job_minion (
    job INTEGER NOT NULL,
    minion INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    since INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (job, minion)
) WITHOUT ROWID;
CREATE INDEX job_minion_minion ON job_minion (minion, job);
CREATE INDEX job_minion_open ON job_minion (minion, job) WHERE stage < 3;

-- function is NULL when it is the job's. With row ids, since values of more than a thousand bytes would leave the page otherwise.
CREATE TABLE job_return (
    job INTEGER NOT NULL,
    minion INTEGER NOT NULL,
    retcode INTEGER NOT NULL,
    success INTEGER NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    outputter TEXT,
    function TEXT,
    value TEXT NOT NULL,
    PRIMARY KEY (job, minion)
);

CREATE TABLE event (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, tag TEXT NOT NULL, data TEXT NOT NULL);

-- body is the text that was hashed, byte for byte; the columns before it are for filters.
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX audit_object ON audit (object_kind, object, sequence);
CREATE INDEX audit_actor ON audit (actor, sequence);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is never changed'); END;
