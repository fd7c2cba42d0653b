-- The mine, and what parts of the daemon remember: the same tables as on SQLite.

-- allow: the target of those who may see it, NULL for all.
CREATE TABLE mine (
    minion INTEGER NOT NULL,
    at BIGINT NOT NULL,
    function TEXT COLLATE "C" NOT NULL,
    allow TEXT,
    value TEXT NOT NULL,
    PRIMARY KEY (minion, function)
);
CREATE INDEX mine_function ON mine (function, minion);

CREATE TABLE document (
    at BIGINT NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (room, name)
);
