-- Accounts and open logins.

-- kind: 0 a person, 1 a service; state: 0 active, 1 disabled; source: who keeps it (`local`, or what it was imported from).
-- password: argon2id in PHC form, NULL where there is none.
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    source TEXT NOT NULL,
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    password TEXT,
    made INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    changed INTEGER NOT NULL,
    last_login INTEGER
);
CREATE TABLE account_group (account TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE INDEX account_group_name ON account_group (name, account);

-- An open login of any backend; account is NULL where the backend is not our own. kind: 0 a session, 1 a token for a program.
CREATE TABLE login (
    hash BLOB PRIMARY KEY,
    kind INTEGER NOT NULL,
    account TEXT,
    user_name TEXT NOT NULL,
    backend TEXT NOT NULL,
    groups TEXT NOT NULL,
    origin TEXT NOT NULL,
    made INTEGER NOT NULL,
    expires INTEGER NOT NULL
);
CREATE INDEX login_expires ON login (expires);
CREATE INDEX login_account ON login (account);
