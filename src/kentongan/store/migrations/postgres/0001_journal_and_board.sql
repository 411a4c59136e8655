-- The journal, the board and what hangs on them. `COLLATE "C"` on keys: order and equality by
-- octets, the same on every machine and after every upgrade of the system's locales.

CREATE TABLE journal (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    agent text NOT NULL,
    agent_name text NOT NULL,
    because text,
    command_id text NOT NULL,
    data text NOT NULL,
    chain bytea NOT NULL,
    UNIQUE (stream, version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the % is append-only', TG_TABLE_NAME; END $$;

CREATE TRIGGER journal_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE personal (
    ref text COLLATE "C" PRIMARY KEY,
    digest text NOT NULL,
    salt bytea,
    text bytea,
    CHECK ((salt IS NULL) = (text IS NULL))
);

CREATE TABLE commands (
    command_id text COLLATE "C" PRIMARY KEY,
    stream text NOT NULL,
    position bigint NOT NULL,
    events integer NOT NULL
);

CREATE TABLE claims (
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    stream text NOT NULL,
    PRIMARY KEY (kind, key)
);

CREATE TABLE board (
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    data text,
    PRIMARY KEY (kind, key)
);

CREATE INDEX board_by_position ON board (position);

CREATE TABLE numbers (
    day text COLLATE "C" PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE timers (
    id text COLLATE "C" PRIMARY KEY,
    due_at timestamptz NOT NULL,
    envelope bytea NOT NULL,
    fired integer NOT NULL DEFAULT 0
);

CREATE INDEX timers_waiting ON timers (due_at, id) WHERE fired = 0;

CREATE TABLE cursors (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
);

CREATE TABLE fixes (
    unit text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL UNIQUE,
    fix_at timestamptz NOT NULL,
    data text NOT NULL
);

CREATE TABLE accounts (
    id text COLLATE "C" PRIMARY KEY,
    name_folded text COLLATE "C" NOT NULL UNIQUE,
    data text NOT NULL
);

CREATE TABLE sessions (
    key text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    csrf text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX sessions_by_account ON sessions (account);

CREATE TABLE failures (
    who text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL
);

CREATE INDEX failures_by_who ON failures (who, at);

CREATE TABLE access_log (
    id bigint PRIMARY KEY,
    viewer text NOT NULL,
    what text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);

CREATE INDEX access_log_by_what ON access_log (what, id);

CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
