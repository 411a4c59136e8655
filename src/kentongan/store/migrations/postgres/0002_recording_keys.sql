-- The sealed key of each segment of a recording. An erased one stays as a row without its key, so
-- that nobody brings it back.

CREATE TABLE recording_keys (
    id text COLLATE "C" PRIMARY KEY,
    call text COLLATE "C" NOT NULL,
    segment text NOT NULL,
    made_at timestamptz NOT NULL,
    sealed bytea
);

CREATE INDEX recording_keys_by_call ON recording_keys (call, made_at);

CREATE INDEX recording_keys_by_age ON recording_keys (made_at) WHERE sealed IS NOT NULL;
