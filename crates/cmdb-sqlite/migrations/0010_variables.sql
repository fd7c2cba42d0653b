-- User variables. scope: 0 global, 30 a group, 40 a host (subject names which); value: JSON.
CREATE TABLE variable (
    scope INTEGER NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (scope, subject, name)
) WITHOUT ROWID;

-- Every change, under the version that made it. old is NULL where there was none, new where it was removed.
CREATE TABLE variable_change (
    version INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    old TEXT,
    new TEXT,
    PRIMARY KEY (version, scope, subject, name)
) WITHOUT ROWID;
CREATE INDEX variable_change_name ON variable_change (name, version);

-- One row.
CREATE TABLE variable_version (version INTEGER NOT NULL);
INSERT INTO variable_version VALUES (0);
