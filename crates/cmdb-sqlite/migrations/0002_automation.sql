-- The mine, and what parts of the daemon remember.

-- allow: the target of those who may see it, NULL for all.
CREATE TABLE mine (
    minion INTEGER NOT NULL,
    function TEXT NOT NULL,
    at INTEGER NOT NULL,
    allow TEXT,
    value TEXT NOT NULL,
    PRIMARY KEY (minion, function)
);
CREATE INDEX mine_function ON mine (function, minion);

CREATE TABLE document (room TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (room, name));
