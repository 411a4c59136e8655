-- Devices that report positions, and the days of which there is a history of positions. Each day's
-- history is a table of its own (store.sql_tracks), so that it is dropped whole.

CREATE TABLE devices (
    id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL UNIQUE,
    data text NOT NULL
);

CREATE TABLE track_days (
    day bigint PRIMARY KEY
);
