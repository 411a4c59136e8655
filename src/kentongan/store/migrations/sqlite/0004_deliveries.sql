-- The ledger of what was sent to people, where they are reached, by which names gateways speak of
-- what they took, and how the gateways do.

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    way TEXT NOT NULL,
    made_at TEXT NOT NULL,
    due_at TEXT,
    ask TEXT NOT NULL,
    incident TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE INDEX deliveries_due ON deliveries (way, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX deliveries_by_ask ON deliveries (ask, made_at);

CREATE INDEX deliveries_by_incident ON deliveries (incident, made_at);

CREATE INDEX deliveries_by_age ON deliveries (made_at);

CREATE TABLE contacts (
    id TEXT PRIMARY KEY,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE delivery_parts (
    gateway TEXT NOT NULL,
    part TEXT NOT NULL,
    delivery TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (gateway, part)
) STRICT;

CREATE TABLE gateway_states (
    name TEXT PRIMARY KEY,
    data TEXT NOT NULL
) STRICT;
