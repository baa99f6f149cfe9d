-- What ingest must remember over a restart: how far the numbered messages of each topic were seen and what
-- was missing between them, and which filters the broker holds for each client.

CREATE TABLE sequence (
    topic     text PRIMARY KEY,
    last_n    bigint NOT NULL,
    gaps      bigint NOT NULL,
    missing   bigint NOT NULL,
    last_gap  timestamptz,
    last_seen timestamptz NOT NULL
);
COMMENT ON TABLE sequence IS 'written before an acknowledgement: a crash makes it run ahead, never behind';
GRANT SELECT, INSERT, UPDATE ON sequence TO virtaama_ingest;

CREATE TABLE subscription (
    client_id text,
    filter    text,
    PRIMARY KEY (client_id, filter)
);
GRANT SELECT, INSERT, DELETE ON subscription TO virtaama_ingest;

ALTER TABLE sequence ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscription ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON sequence TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON subscription TO virtaama_ingest USING (true) WITH CHECK (true);
