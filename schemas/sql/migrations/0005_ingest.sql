-- What ingest keeps beside readings: what could not be stored, and what it must remember over a restart.

CREATE TABLE quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest        bytea NOT NULL UNIQUE,
    topic         text NOT NULL,
    payload       bytea NOT NULL,
    sender        text NOT NULL DEFAULT 'other',
    retained      boolean NOT NULL DEFAULT false,
    stream_order  text,
    reason        text NOT NULL,
    detail        text NOT NULL,
    first_seen    timestamptz NOT NULL,
    last_seen     timestamptz NOT NULL,
    count         bigint NOT NULL DEFAULT 1,
    replayed_at   timestamptz
);
CREATE INDEX quarantine_waiting ON quarantine (reason, topic) WHERE replayed_at IS NULL;
CREATE INDEX quarantine_age ON quarantine (last_seen);
COMMENT ON COLUMN quarantine.digest IS 'sha256 of reason, topic and payload: a repeated message is counted, not stored again';
COMMENT ON COLUMN quarantine.sender IS 'the line or mapping that the topic belongs to; other: none of them';
COMMENT ON COLUMN quarantine.retained IS 'the broker had kept it: without a device time it is no reading, in a replay neither';
COMMENT ON COLUMN quarantine.stream_order IS 'JSON: how far its stream of local stamps had come, near the hour that clocks repeat';
COMMENT ON COLUMN quarantine.first_seen IS 'time of reception; a replay judges bare values and clocks by it';

-- Whoever sends nonsense fills their own share of the quarantine and nobody else's.
CREATE TABLE quarantine_usage (
    sender       text PRIMARY KEY,
    messages     bigint NOT NULL,
    bytes        bigint NOT NULL,
    refused      bigint NOT NULL DEFAULT 0,
    last_refused timestamptz
);
COMMENT ON TABLE quarantine_usage IS 'kept by triggers; messages and bytes are what quarantine holds of a sender now';
COMMENT ON COLUMN quarantine_usage.refused IS 'messages that were counted and not kept, because the share was full';

CREATE FUNCTION quarantine_grew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO quarantine_usage AS u (sender, messages, bytes)
    SELECT sender, count(*), sum(octet_length(payload)) FROM added GROUP BY sender ORDER BY sender
    ON CONFLICT (sender) DO UPDATE
    SET messages = u.messages + excluded.messages, bytes = u.bytes + excluded.bytes;
    RETURN NULL;
END
$$;
CREATE TRIGGER grew AFTER INSERT ON quarantine
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION quarantine_grew();

CREATE FUNCTION quarantine_shrank() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE quarantine_usage u SET messages = u.messages - g.messages, bytes = u.bytes - g.bytes
    FROM (
        SELECT sender, count(*) AS messages, sum(octet_length(payload)) AS bytes
        FROM gone GROUP BY sender
    ) g
    WHERE u.sender = g.sender;
    RETURN NULL;
END
$$;
CREATE TRIGGER shrank AFTER DELETE ON quarantine
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION quarantine_shrank();

REVOKE EXECUTE ON FUNCTION quarantine_grew(), quarantine_shrank() FROM PUBLIC;

-- How far the numbered messages of each topic were seen, and what was missing between them.
CREATE TABLE sequence (
    topic     text PRIMARY KEY,
    last_n    bigint NOT NULL,
    gaps      bigint NOT NULL,
    missing   bigint NOT NULL,
    last_gap  timestamptz,
    last_seen timestamptz NOT NULL
);
COMMENT ON TABLE sequence IS 'written before an acknowledgement: a crash makes it run ahead, never behind';

-- Which filters the broker holds for each client.
CREATE TABLE subscription (
    client_id text,
    filter    text,
    PRIMARY KEY (client_id, filter)
);

CREATE TABLE stream (
    topic        text PRIMARY KEY,
    stream_order text NOT NULL,
    seen         timestamptz NOT NULL
);
COMMENT ON TABLE stream IS 'how far streams of local stamps have come near the hour that clocks repeat';

CREATE TABLE unread_value (
    site    text,
    mapping text,
    pointer text,
    topic   text NOT NULL,
    times   bigint NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site, mapping, pointer)
);
COMMENT ON TABLE unread_value IS 'what mapped payloads hold beside what their mappings read and ignore';

-- A row for each process and ten seconds, an hour of them: what arrives now, whatever time it is of.
CREATE TABLE arrival (
    bucket   timestamptz,
    backend  int,
    readings bigint NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, backend)
) WITH (fillfactor = 50);
COMMENT ON TABLE arrival IS 'readings that were stored, by the time of their reception';

GRANT SELECT, INSERT, UPDATE, DELETE ON quarantine, stream, unread_value, arrival TO virtaama_ingest;
GRANT SELECT, INSERT, UPDATE ON quarantine_usage, sequence TO virtaama_ingest;
GRANT SELECT, INSERT, DELETE ON subscription TO virtaama_ingest;

ALTER TABLE quarantine_usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE sequence ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscription ENABLE ROW LEVEL SECURITY;
ALTER TABLE stream ENABLE ROW LEVEL SECURITY;
ALTER TABLE unread_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE arrival ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON quarantine_usage TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON sequence TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON subscription TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON stream TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON unread_value TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON arrival TO virtaama_ingest USING (true) WITH CHECK (true);
