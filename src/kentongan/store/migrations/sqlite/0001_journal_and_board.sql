-- The journal, the board and what hangs on them. Times are RFC 3339 text in UTC with microseconds,
-- so that they sort as they are.

CREATE TABLE journal (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    agent TEXT NOT NULL,
    agent_name TEXT NOT NULL,
    because TEXT,
    command_id TEXT NOT NULL,
    data TEXT NOT NULL,
    chain BLOB NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE personal (
    ref TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    salt BLOB,
    text BLOB,
    CHECK ((salt IS NULL) = (text IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
    command_id TEXT PRIMARY KEY,
    stream TEXT NOT NULL,
    position INTEGER NOT NULL,
    events INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    stream TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE board (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    stream TEXT NOT NULL,
    position INTEGER NOT NULL,
    data TEXT,
    PRIMARY KEY (kind, key)
) STRICT;

CREATE INDEX board_by_position ON board (position);

CREATE TABLE numbers (
    day TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE timers (
    id TEXT PRIMARY KEY,
    due_at TEXT NOT NULL,
    envelope BLOB NOT NULL,
    fired INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX timers_waiting ON timers (due_at, id) WHERE fired = 0;

CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fixes (
    unit TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE,
    fix_at TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name_folded TEXT NOT NULL UNIQUE,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
    key TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    csrf TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

CREATE INDEX sessions_by_account ON sessions (account);

CREATE TABLE failures (
    who TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE INDEX failures_by_who ON failures (who, at);

CREATE TABLE access_log (
    id INTEGER PRIMARY KEY,
    viewer TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE INDEX access_log_by_what ON access_log (what, id);

CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE ON access_log
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;

CREATE TRIGGER access_log_is_not_shortened BEFORE DELETE ON access_log
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
