-- The sealed key of each segment of a recording. An erased one stays as a row without its key, so
-- that nobody brings it back; `secure_delete` overwrites the old octets.

CREATE TABLE recording_keys (
    id TEXT PRIMARY KEY,
    call TEXT NOT NULL,
    segment TEXT NOT NULL,
    made_at TEXT NOT NULL,
    sealed BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX recording_keys_by_call ON recording_keys (call, made_at);

CREATE INDEX recording_keys_by_age ON recording_keys (made_at) WHERE sealed IS NOT NULL;
