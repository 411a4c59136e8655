-- The ledger of what was sent to people, where they are reached, by which names gateways speak of
-- what they took, and how the gateways do.

CREATE TABLE deliveries (
    id text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    way text NOT NULL,
    made_at timestamptz NOT NULL,
    due_at timestamptz,
    ask text NOT NULL,
    incident text NOT NULL,
    data text NOT NULL
);

CREATE INDEX deliveries_due ON deliveries (way, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX deliveries_by_ask ON deliveries (ask, made_at);

CREATE INDEX deliveries_by_incident ON deliveries (incident, made_at);

CREATE INDEX deliveries_by_age ON deliveries (made_at);

CREATE TABLE contacts (
    id text COLLATE "C" PRIMARY KEY,
    data text NOT NULL
);

CREATE TABLE delivery_parts (
    gateway text NOT NULL,
    part text NOT NULL,
    delivery text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (gateway, part)
);

CREATE TABLE gateway_states (
    name text COLLATE "C" PRIMARY KEY,
    data text NOT NULL
);
