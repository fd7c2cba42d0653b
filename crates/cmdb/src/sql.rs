//! SQL that is truly the same text on both databases. What differs (batches, JSON columns, locks) stands in the backends.
//!
//! Moments and job ids are whole numbers of microseconds on both: exact, compact, and a job's id is its place in time.

/// Listing of minions: after, prefix, reach (0 all, 1 online, 2 not online), limit.
pub const MINIONS: &str = "SELECT m.id, p.state, p.since, p.detail, p.version, p.last_seen, p.grains_at \
    FROM minion m JOIN presence p ON p.minion = m.n WHERE m.id > $1 AND m.id >= $2 AND substr(m.id, 1, length($2)) = $2 \
    AND ($3 = 0 OR ($3 = 1 AND p.state = 1) OR ($3 = 2 AND p.state <> 1)) ORDER BY m.id LIMIT $4";
/// One minion: id.
pub const MINION: &str = "SELECT m.id, p.state, p.since, p.detail, p.version, p.last_seen, p.grains_at \
    FROM minion m JOIN presence p ON p.minion = m.n WHERE m.id = $1";
/// Everybody offline: since, reason.
pub const ALL_OFFLINE: &str = "UPDATE presence SET state = 2, since = $1, detail = $2 WHERE state = 1";
/// Forget presence: id.
pub const FORGET_PRESENCE: &str = "DELETE FROM presence WHERE minion = (SELECT n FROM minion WHERE id = $1)";
/// Forget grains: id.
pub const FORGET_GRAINS: &str = "DELETE FROM grains WHERE minion = (SELECT n FROM minion WHERE id = $1)";
/// Forget the history of grains: id.
pub const FORGET_GRAIN_CHANGES: &str = "DELETE FROM grain_change WHERE minion = (SELECT n FROM minion WHERE id = $1)";

/// Forget the mine: id.
pub const FORGET_MINE: &str = "DELETE FROM mine WHERE minion = (SELECT n FROM minion WHERE id = $1)";

/// Grains of one minion: id.
pub const GRAINS: &str = "SELECT CAST(g.grains AS TEXT) FROM grains g JOIN minion m ON m.n = g.minion WHERE m.id = $1";
/// Grains of all: after, limit.
pub const ALL_GRAINS: &str = "SELECT m.id, CAST(g.grains AS TEXT) FROM grains g JOIN minion m ON m.n = g.minion \
    WHERE m.id > $1 ORDER BY m.id LIMIT $2";
/// When grains were pushed: minion's number, at.
pub const GRAINS_AT: &str = "INSERT INTO presence (minion, state, since, detail, grains_at, last_seen) VALUES ($1, 0, 0, '', $2, $2) \
    ON CONFLICT (minion) DO UPDATE SET grains_at = excluded.grains_at, \
    last_seen = CASE WHEN presence.last_seen > excluded.last_seen THEN presence.last_seen ELSE excluded.last_seen END";
/// Changed grains: minion's number, grains.
pub const UPDATE_GRAINS: &str = "UPDATE grains SET grains = $2 WHERE minion = $1";
/// The first grains of a minion: number, grains.
pub const INSERT_GRAINS: &str = "INSERT INTO grains (minion, grains) VALUES ($1, $2)";
/// A change of a grain: minion's number, at, path, old, new.
pub const INSERT_GRAIN_CHANGE: &str = "INSERT INTO grain_change (minion, at, path, old, new) VALUES ($1, $2, $3, $4, $5)";
/// History of grains: before row, minion or '', path or '', since, until, limit.
pub const GRAIN_HISTORY: &str = "SELECT c.n, m.id, c.path, c.old, c.new, c.at FROM grain_change c JOIN minion m ON m.n = c.minion \
    WHERE c.n < $1 AND ($2 = '' OR m.id = $2) \
    AND ($3 = '' OR c.path = $3 OR substr(c.path, 1, length($3) + 1) = $3 || ':') AND c.at >= $4 AND c.at < $5 \
    ORDER BY c.n DESC LIMIT $6";

/// Keys of an id: id.
pub const KEYS_OF: &str = "SELECT m.id, k.fingerprint, k.public, k.state, k.first_seen, k.changed, k.changed_by \
    FROM minion_key k JOIN minion m ON m.n = k.minion WHERE m.id = $1 ORDER BY (k.state = 3), k.first_seen, k.fingerprint";
/// Keys: after id, after fingerprint, state or -1, id or '', limit.
pub const KEYS: &str = "SELECT m.id, k.fingerprint, k.public, k.state, k.first_seen, k.changed, k.changed_by \
    FROM minion_key k JOIN minion m ON m.n = k.minion WHERE (m.id > $1 OR (m.id = $1 AND k.fingerprint > $2)) \
    AND ($3 < 0 OR k.state = $3) AND ($4 = '' OR m.id = $4) ORDER BY m.id, k.fingerprint LIMIT $5";
/// Keys by state.
pub const KEY_COUNTS: &str = "SELECT state, count(*) FROM minion_key GROUP BY state";
/// A new key: minion's number, fingerprint, public, state, first seen, changed by.
pub const INSERT_KEY: &str = "INSERT INTO minion_key (minion, fingerprint, public, state, first_seen, changed, changed_by) \
    VALUES ($1, $2, $3, $4, $5, $5, $6)";
/// Another state of a key: minion's number, fingerprint, state, changed, changed by.
pub const UPDATE_KEY: &str = "UPDATE minion_key SET state = $3, changed = $4, changed_by = $5 WHERE minion = $1 AND fingerprint = $2";
/// A key goes: minion's number, fingerprint.
pub const DELETE_KEY: &str = "DELETE FROM minion_key WHERE minion = $1 AND fingerprint = $2";
/// A line of history: minion's number, fingerprint, from, to, by, at.
pub const INSERT_KEY_CHANGE: &str = "INSERT INTO key_change (minion, fingerprint, from_state, to_state, changed_by, at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
/// History of keys: before row, id or '', limit.
pub const KEY_HISTORY: &str = "SELECT c.n, m.id, c.fingerprint, c.from_state, c.to_state, c.changed_by, c.at \
    FROM key_change c JOIN minion m ON m.n = c.minion WHERE c.n < $1 AND ($2 = '' OR m.id = $2) ORDER BY c.n DESC LIMIT $3";

/// A new token: hash, pattern, made, made by, expires, used by, used at.
pub const INSERT_TOKEN: &str = "INSERT INTO join_token (hash, pattern, made, made_by, expires, used_by, used_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
/// All tokens.
pub const TOKENS: &str = "SELECT hash, pattern, made, made_by, expires, used_by, used_at FROM join_token ORDER BY made DESC, hash";
/// One token: hash.
pub const TOKEN: &str = "SELECT hash, pattern, made, made_by, expires, used_by, used_at FROM join_token WHERE hash = $1";
/// A token is used up: hash, id, at. Changes no row when it was used meanwhile.
pub const USE_TOKEN: &str = "UPDATE join_token SET used_by = $2, used_at = $3 WHERE hash = $1 AND used_by IS NULL";
/// A token goes: hash.
pub const DELETE_TOKEN: &str = "DELETE FROM join_token WHERE hash = $1";

/// A new job: id, target kind, target, delimiter, function, calls, asked by, options.
pub const INSERT_JOB: &str = "INSERT INTO job (id, target_kind, target, delimiter, function, calls, asked_by, options) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
/// One job: id.
pub const JOB: &str = "SELECT id, target_kind, target, delimiter, calls, asked_by, options FROM job WHERE id = $1";
/// Whom a job was for: job.
pub const JOB_EXPECTED: &str = "SELECT m.id FROM job_minion jm JOIN minion m ON m.n = jm.minion WHERE jm.job = $1 ORDER BY m.id";
/// Jobs, newest first: since, before, function or '', user or '', target or '', unfinished only, minion or '', limit.
pub const JOBS_NEWEST: &str = "SELECT j.id, j.target_kind, j.target, j.delimiter, j.calls, j.asked_by, j.options FROM job j \
    WHERE j.id >= $1 AND j.id < $2 AND ($3 = '' OR j.function = $3) AND ($4 = '' OR j.asked_by = $4) AND ($5 = '' OR j.target = $5) \
    AND ($6 = 0 OR j.id IN (SELECT o.job FROM job_minion o WHERE o.stage < 3)) \
    AND ($7 = '' OR EXISTS (SELECT 1 FROM job_minion f JOIN minion m ON m.n = f.minion WHERE f.job = j.id AND m.id = $7)) \
    ORDER BY j.id DESC LIMIT $8";
/// Jobs, oldest first: as [`JOBS_NEWEST`].
pub const JOBS_OLDEST: &str = "SELECT j.id, j.target_kind, j.target, j.delimiter, j.calls, j.asked_by, j.options FROM job j \
    WHERE j.id >= $1 AND j.id < $2 AND ($3 = '' OR j.function = $3) AND ($4 = '' OR j.asked_by = $4) AND ($5 = '' OR j.target = $5) \
    AND ($6 = 0 OR j.id IN (SELECT o.job FROM job_minion o WHERE o.stage < 3)) \
    AND ($7 = '' OR EXISTS (SELECT 1 FROM job_minion f JOIN minion m ON m.n = f.minion WHERE f.job = j.id AND m.id = $7)) \
    ORDER BY j.id LIMIT $8";
/// Where a job stands: job.
pub const PROGRESS: &str = "SELECT jm.job, m.id, jm.stage, jm.reason, jm.since FROM job_minion jm JOIN minion m ON m.n = jm.minion \
    WHERE jm.job = $1 ORDER BY m.id";
/// Every pair that is not at its end.
pub const UNFINISHED: &str = "SELECT jm.job, m.id, jm.stage, jm.reason, jm.since FROM job_minion jm JOIN minion m ON m.n = jm.minion \
    WHERE jm.stage < 3 ORDER BY jm.job, m.id";
/// What a minion has not finished: id.
pub const OUTSTANDING: &str = "SELECT j.id, j.target_kind, j.target, j.delimiter, j.calls, j.asked_by, j.options, jm.stage, jm.reason, jm.since \
    FROM minion m JOIN job_minion jm ON jm.minion = m.n AND jm.stage < 3 JOIN job j ON j.id = jm.job WHERE m.id = $1 ORDER BY j.id";
/// The newest job.
pub const LAST_JOB: &str = "SELECT max(id) FROM job";
/// Jobs to purge: before, limit. A job that waits for a minion stays.
pub const OLD_JOBS: &str = "SELECT j.id FROM job j WHERE j.id < $1 \
    AND NOT EXISTS (SELECT 1 FROM job_minion o WHERE o.job = j.id AND o.stage < 3) ORDER BY j.id LIMIT $2";

/// One return: job, minion.
pub const RETURN_OF: &str = "SELECT r.job, m.id, COALESCE(r.function, j.function), r.value, r.retcode, r.success, r.outputter, \
    r.started, r.finished, r.notes FROM job_return r JOIN minion m ON m.n = r.minion JOIN job j ON j.id = r.job WHERE r.job = $1 AND m.id = $2";
/// Returns of a job: job, after, limit.
pub const RETURNS: &str = "SELECT r.job, m.id, COALESCE(r.function, j.function), r.value, r.retcode, r.success, r.outputter, \
    r.started, r.finished, r.notes FROM job_return r JOIN minion m ON m.n = r.minion JOIN job j ON j.id = r.job \
    WHERE r.job = $1 AND m.id > $2 ORDER BY m.id LIMIT $3";
/// Returns of a minion, newest job first: minion, before, limit.
pub const RETURNS_OF_MINION: &str = "SELECT r.job, m.id, COALESCE(r.function, j.function), r.value, r.retcode, r.success, r.outputter, \
    r.started, r.finished, r.notes FROM minion m JOIN job_minion jm ON jm.minion = m.n JOIN job_return r ON r.job = jm.job AND r.minion = jm.minion \
    JOIN job j ON j.id = r.job WHERE m.id = $1 AND jm.job < $2 ORDER BY jm.job DESC LIMIT $3";

/// Events: after, tag prefix, since, limit.
pub const EVENTS: &str = "SELECT sequence, at, tag, data FROM event WHERE sequence > $1 AND substr(tag, 1, length($2)) = $2 AND at >= $3 \
    ORDER BY sequence LIMIT $4";
/// The newest event.
pub const LAST_SEQUENCE: &str = "SELECT COALESCE(max(sequence), 0) FROM event";
/// Purge events: before. The newest stays, so that the sequence never goes back. Looks at no more rows than go.
pub const PURGE_EVENTS: &str = "DELETE FROM event WHERE sequence < COALESCE( \
    (SELECT e.sequence FROM event e WHERE e.at >= $1 ORDER BY e.sequence LIMIT 1), (SELECT max(e.sequence) FROM event e))";
/// Purge the history of grains: before.
pub const PURGE_GRAIN_CHANGES: &str = "DELETE FROM grain_change WHERE n < COALESCE( \
    (SELECT c.n FROM grain_change c WHERE c.at >= $1 ORDER BY c.n LIMIT 1), (SELECT max(c.n) + 1 FROM grain_change c))";

/// A new entry: sequence, at, actor, verb, kind, object, body, hash.
pub const INSERT_AUDIT: &str = "INSERT INTO audit (sequence, at, actor, verb, object_kind, object, body, hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// The end of the chain.
pub const AUDIT_HEAD: &str = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";
/// Entries, newest first: before, actor, verb, kind, object (each or ''), since, until, limit.
pub const AUDIT: &str = "SELECT sequence, at, actor, verb, object_kind, object, body, hash FROM audit WHERE sequence < $1 \
    AND ($2 = '' OR actor = $2) AND ($3 = '' OR verb = $3) AND ($4 = '' OR object_kind = $4) AND ($5 = '' OR object = $5) \
    AND at >= $6 AND at < $7 ORDER BY sequence DESC LIMIT $8";
/// Entries in their order: after, limit.
pub const AUDIT_WALK: &str = "SELECT sequence, at, actor, verb, object_kind, object, body, hash FROM audit WHERE sequence > $1 \
    ORDER BY sequence LIMIT $2";

/// An answer in the mine: minion's number, function, value, who may see it, at.
pub const PUT_MINE: &str = "INSERT INTO mine (minion, function, value, allow, at) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (minion, function) DO UPDATE SET value = excluded.value, allow = excluded.allow, at = excluded.at";
/// An answer goes: id, function.
pub const DELETE_MINE: &str = "DELETE FROM mine WHERE minion = (SELECT n FROM minion WHERE id = $1) AND function = $2";
/// Answers of a function: function, after, limit.
pub const MINE: &str = "SELECT m.id, e.function, e.value, e.allow FROM mine e JOIN minion m ON m.n = e.minion \
    WHERE e.function = $1 AND m.id > $2 ORDER BY m.id LIMIT $3";
/// Answers of a minion: id.
pub const MINE_OF: &str = "SELECT m.id, e.function, e.value, e.allow FROM mine e JOIN minion m ON m.n = e.minion \
    WHERE m.id = $1 ORDER BY e.function";

/// A document: room, name, value, at.
pub const PUT_DOCUMENT: &str = "INSERT INTO document (room, name, value, at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (room, name) DO UPDATE SET value = excluded.value, at = excluded.at";
/// A document of the room of leases is one: its moment is when it runs out, its content who has it. Room, name, holder, until, now.
pub const TAKE_LEASE: &str = "INSERT INTO document (room, name, value, at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (room, name) DO UPDATE SET value = excluded.value, at = excluded.at \
    WHERE document.value = excluded.value OR document.at <= $5";
/// One document: room, name.
pub const DOCUMENT: &str = "SELECT name, value, at FROM document WHERE room = $1 AND name = $2";
/// Documents: room, after, limit.
pub const DOCUMENTS: &str = "SELECT name, value, at FROM document WHERE room = $1 AND name > $2 ORDER BY name LIMIT $3";
/// A document goes: room, name.
pub const DELETE_DOCUMENT: &str = "DELETE FROM document WHERE room = $1 AND name = $2";

/// A new account: id, name, kind, state, source, full name, email, password, made, made by, changed, last login.
pub const INSERT_ACCOUNT: &str = "INSERT INTO account (id, name, kind, state, source, full_name, email, password, made, made_by, changed, \
    last_login) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
/// A changed account: id, name, kind, state, source, full name, email, password, changed.
pub const UPDATE_ACCOUNT: &str = "UPDATE account SET name = $2, kind = $3, state = $4, source = $5, full_name = $6, email = $7, \
    password = $8, changed = $9 WHERE id = $1";
/// Who has a name: name.
pub const ACCOUNT_ID: &str = "SELECT id FROM account WHERE name = $1";
/// One account: name.
pub const ACCOUNT: &str = "SELECT id, name, kind, state, source, full_name, email, password, made, made_by, changed, last_login \
    FROM account WHERE name = $1";
/// One account: source.
pub const ACCOUNT_OF: &str = "SELECT id, name, kind, state, source, full_name, email, password, made, made_by, changed, last_login \
    FROM account WHERE source = $1 ORDER BY made LIMIT 1";
/// Accounts: after, limit.
pub const ACCOUNTS: &str = "SELECT id, name, kind, state, source, full_name, email, password, made, made_by, changed, last_login \
    FROM account WHERE name > $1 ORDER BY name LIMIT $2";
/// Somebody logged in: id, at.
pub const NOTE_LOGIN: &str = "UPDATE account SET last_login = $2 WHERE id = $1";
/// An account goes: id.
pub const DELETE_ACCOUNT: &str = "DELETE FROM account WHERE id = $1";
/// A group of an account: id, name.
pub const INSERT_ACCOUNT_GROUP: &str = "INSERT INTO account_group (account, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
/// Groups of an account: id.
pub const ACCOUNT_GROUPS: &str = "SELECT name FROM account_group WHERE account = $1 ORDER BY name";
/// The groups of an account go: id.
pub const DELETE_ACCOUNT_GROUPS: &str = "DELETE FROM account_group WHERE account = $1";

/// A new login: hash, kind, account, user, backend, groups, origin, made, expires, name, scopes, networks, agent.
pub const INSERT_LOGIN: &str = "INSERT INTO login (hash, kind, account, user_name, backend, groups, origin, made, expires, \
    name, scopes, networks, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
/// Logins that have not ended: after.
pub const LOGINS: &str = "SELECT hash, kind, account, user_name, backend, groups, origin, made, expires, name, scopes, networks, agent, \
    used FROM login WHERE expires > $1 ORDER BY made, hash";
/// A login was shown: hash, when.
pub const NOTE_USED: &str = "UPDATE login SET used = $2 WHERE hash = $1";
/// Logins that have ended go: now.
pub const DELETE_OLD_LOGINS: &str = "DELETE FROM login WHERE expires <= $1";
/// A login ends: hash.
pub const DELETE_LOGIN: &str = "DELETE FROM login WHERE hash = $1";
/// The logins of an account end: id.
pub const DELETE_LOGINS_OF: &str = "DELETE FROM login WHERE account = $1";

/// A checkpoint: sequence, hash, at, key, signature.
pub const PUT_CHECKPOINT: &str = "INSERT INTO audit_checkpoint (sequence, hash, at, signer, signature) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT DO NOTHING";
/// Checkpoints.
pub const CHECKPOINTS: &str = "SELECT sequence, hash, at, signer, signature FROM audit_checkpoint ORDER BY sequence";

/// A new object: id, kind, project or '', name, version, body, made, made by, changed, changed by.
pub const INSERT_OBJECT: &str = "INSERT INTO object (id, kind, project, name, version, body, made, made_by, changed, changed_by) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
/// Who has a name: kind, project or '', name.
pub const OBJECT_OF_NAME: &str = "SELECT id FROM object WHERE kind = $1 AND project = $2 AND name = $3";
/// A changed object: id, project or '', name, version, body, changed, changed by. Changes no row when another version is there.
pub const UPDATE_OBJECT: &str = "UPDATE object SET project = $2, name = $3, version = $4, body = $5, changed = $6, changed_by = $7 \
    WHERE id = $1 AND version = $4 - 1";
/// An object goes: id, version.
pub const DELETE_OBJECT: &str = "DELETE FROM object WHERE id = $1 AND version = $2";
/// An object names another: object, used.
pub const INSERT_USE: &str = "INSERT INTO object_use (object, used) VALUES ($1, $2) ON CONFLICT DO NOTHING";
/// An object names nobody any more: object.
pub const DELETE_USES: &str = "DELETE FROM object_use WHERE object = $1";
/// Some object that names one: used.
pub const USER_OF: &str = "SELECT o.kind, o.name FROM object_use u JOIN object o ON o.id = u.object WHERE u.used = $1 AND u.object <> $1 \
    ORDER BY o.kind, o.name LIMIT 1";
/// Objects: after, limit.
pub const OBJECTS: &str = "SELECT id, kind, project, name, version, body, made, made_by, changed, changed_by FROM object \
    WHERE id > $1 ORDER BY id LIMIT $2";
/// What objects name: first, last object.
pub const USES: &str = "SELECT object, used FROM object_use WHERE object >= $1 AND object <= $2 ORDER BY object, used";

/// A host: id, state, until, project or '', environment or '', about, facts, version, made, changed, changed by.
pub const PUT_HOST: &str = "INSERT INTO host (minion, state, until, project, environment, about, facts, version, made, changed, changed_by) \
    SELECT n, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM minion WHERE id = $1 \
    ON CONFLICT (minion) DO UPDATE SET state = excluded.state, until = excluded.until, project = excluded.project, \
    environment = excluded.environment, about = excluded.about, facts = excluded.facts, version = excluded.version, \
    changed = excluded.changed, changed_by = excluded.changed_by";
/// Hosts: after, limit.
pub const HOSTS: &str = "SELECT m.id, h.state, h.until, h.project, h.environment, h.about, h.facts, h.version, h.made, h.changed, h.changed_by \
    FROM host h JOIN minion m ON m.n = h.minion WHERE m.id > $1 ORDER BY m.id LIMIT $2";
/// A host goes: id.
pub const DELETE_HOST: &str = "DELETE FROM host WHERE minion = (SELECT n FROM minion WHERE id = $1)";

/// The next version of the variables.
pub const NEXT_VARIABLES_VERSION: &str = "UPDATE variable_version SET version = version + 1 RETURNING version";
/// The newest version of the variables.
pub const VARIABLES_VERSION: &str = "SELECT version FROM variable_version";
/// The value of a variable: scope, subject, name.
pub const VARIABLE_VALUE: &str = "SELECT value FROM variable WHERE scope = $1 AND subject = $2 AND name = $3";
/// A variable: scope, subject, name, version, changed, changed by, value.
pub const PUT_VARIABLE: &str = "INSERT INTO variable (scope, subject, name, version, changed, changed_by, value) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (scope, subject, name) \
    DO UPDATE SET version = excluded.version, changed = excluded.changed, changed_by = excluded.changed_by, value = excluded.value";
/// A variable goes: scope, subject, name.
pub const DELETE_VARIABLE: &str = "DELETE FROM variable WHERE scope = $1 AND subject = $2 AND name = $3";
/// A change of a variable: version, scope, subject, name, at, by, old, new. A second one in a version keeps what was before the first.
pub const NOTE_VARIABLE: &str = "INSERT INTO variable_change (version, scope, subject, name, at, changed_by, old, new) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (version, scope, subject, name) DO UPDATE SET new = excluded.new";
/// Variables: after scope, subject and name; limit.
pub const VARIABLES: &str = "SELECT scope, subject, name, version, changed, changed_by, value FROM variable \
    WHERE (scope, subject, name) > ($1, $2, $3) ORDER BY scope, subject, name LIMIT $4";
/// Changes of variables: name or NULL, before version, scope, subject and name, limit.
pub const VARIABLE_HISTORY: &str = "SELECT version, scope, subject, name, at, changed_by, old, new FROM variable_change \
    WHERE (CAST($1 AS TEXT) IS NULL OR name = $1) AND (version, scope, subject, name) < ($2, $3, $4, $5) \
    ORDER BY version DESC, scope DESC, subject DESC, name DESC LIMIT $6";
