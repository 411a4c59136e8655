-- Devices that report positions, and the days of which there is a history of positions. Each day's
-- history is a table of its own (store.sql_tracks), so that it is dropped whole.

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL UNIQUE,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE track_days (
    day INTEGER PRIMARY KEY
) STRICT;
