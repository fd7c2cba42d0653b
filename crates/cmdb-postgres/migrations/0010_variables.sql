-- User variables: the same tables as on SQLite. scope: 0 global, 30 a group, 40 a host (subject names which); value: JSON.
CREATE TABLE variable (
    scope SMALLINT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (scope, subject, name)
);

-- Every change, under the version that made it. old is NULL where there was none, new where it was removed.
CREATE TABLE variable_change (
    version BIGINT NOT NULL,
    scope SMALLINT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    old TEXT,
    new TEXT,
    PRIMARY KEY (version, scope, subject, name)
);
CREATE INDEX variable_change_name ON variable_change (name, version);

-- One row.
CREATE TABLE variable_version (version BIGINT NOT NULL);
INSERT INTO variable_version VALUES (0);
