-- Accounts and open logins: the same tables as on SQLite.

-- kind: 0 a person, 1 a service; state: 0 active, 1 disabled; source: who keeps it (`local`, or what it was imported from).
-- password: argon2id in PHC form, NULL where there is none.
CREATE TABLE account (
    made BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    last_login BIGINT,
    kind SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    source TEXT NOT NULL,
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    password TEXT,
    made_by TEXT NOT NULL
);
CREATE TABLE account_group (account TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, PRIMARY KEY (account, name));
CREATE INDEX account_group_name ON account_group (name, account);

-- An open login of any backend; account is NULL where the backend is not our own. kind: 0 a session, 1 a token for a program.
CREATE TABLE login (
    made BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    hash BYTEA PRIMARY KEY,
    account TEXT COLLATE "C",
    user_name TEXT NOT NULL,
    backend TEXT NOT NULL,
    groups TEXT NOT NULL,
    origin TEXT NOT NULL
);
CREATE INDEX login_expires ON login (expires);
CREATE INDEX login_account ON login (account);
