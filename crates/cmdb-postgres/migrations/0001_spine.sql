-- Minions, grains, keys, jobs, returns, events, audit: the same tables as on SQLite, in this database's types.
-- Moments and job ids are microseconds since 1970. Minions stand in all tables by number. Names and paths sort by bytes (COLLATE "C"),
-- so that pages follow one order whatever the locale of the database. JSON that nobody searches is text: JSONB cannot hold NUL, which
-- commands do print.

CREATE TABLE minion (n INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT COLLATE "C" NOT NULL UNIQUE);

-- state: 0 never, 1 online, 2 offline. detail: address when online, reason when offline. Room in every page, and no index but the key, so
-- that heartbeats rewrite rows in place.
CREATE TABLE presence (
    minion INTEGER PRIMARY KEY,
    state SMALLINT NOT NULL,
    since BIGINT NOT NULL,
    last_seen BIGINT,
    grains_at BIGINT,
    detail TEXT NOT NULL,
    version TEXT
) WITH (fillfactor = 70);

CREATE TABLE grains (minion INTEGER PRIMARY KEY, grains JSONB NOT NULL);
CREATE INDEX grains_contained ON grains USING gin (grains jsonb_path_ops);

CREATE TABLE grain_change (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    minion INTEGER NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    old TEXT,
    new TEXT
);
CREATE INDEX grain_change_minion ON grain_change (minion, n);
CREATE INDEX grain_change_path ON grain_change (path, n);

-- state: 0 pending, 1 accepted, 2 rejected, 3 denied. At most one key of an id is not denied.
CREATE TABLE minion_key (
    minion INTEGER NOT NULL,
    fingerprint BYTEA NOT NULL,
    public TEXT NOT NULL,
    state SMALLINT NOT NULL,
    first_seen BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (minion, fingerprint)
);
CREATE UNIQUE INDEX minion_key_holder ON minion_key (minion) WHERE state <> 3;

CREATE TABLE key_change (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    minion INTEGER NOT NULL,
    from_state SMALLINT,
    to_state SMALLINT,
    fingerprint BYTEA NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE INDEX key_change_minion ON key_change (minion, n);

CREATE TABLE join_token (
    hash BYTEA PRIMARY KEY,
    pattern TEXT NOT NULL,
    made BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    expires BIGINT NOT NULL,
    used_by TEXT,
    used_at BIGINT
);

-- delimiter and options are NULL when they are the usual ones.
CREATE TABLE job (
    id BIGINT PRIMARY KEY,
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
    job BIGINT NOT NULL,
    since BIGINT NOT NULL,
    minion INTEGER NOT NULL,
    stage SMALLINT NOT NULL,
    reason TEXT,
    PRIMARY KEY (job, minion)
);
CREATE INDEX job_minion_minion ON job_minion (minion, job);
CREATE INDEX job_minion_open ON job_minion (minion, job) WHERE stage < 3;

-- function is NULL when it is the job's.
CREATE TABLE job_return (
    job BIGINT NOT NULL,
    started BIGINT NOT NULL,
    finished BIGINT NOT NULL,
    minion INTEGER NOT NULL,
    retcode INTEGER NOT NULL,
    success SMALLINT NOT NULL,
    outputter TEXT,
    function TEXT,
    value TEXT NOT NULL,
    PRIMARY KEY (job, minion)
);

CREATE TABLE event (sequence BIGINT PRIMARY KEY, at BIGINT NOT NULL, tag TEXT COLLATE "C" NOT NULL, data TEXT NOT NULL);

-- body is the text that was hashed, byte for byte; the columns before it are for filters.
CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE INDEX audit_object ON audit (object_kind, object, sequence);
CREATE INDEX audit_actor ON audit (actor, sequence);
CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is never changed';
END $$;
CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
