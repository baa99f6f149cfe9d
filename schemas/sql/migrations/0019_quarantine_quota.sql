-- Whoever sends nonsense fills their own share of the quarantine and nobody else's.

ALTER TABLE quarantine ADD COLUMN sender text NOT NULL DEFAULT 'other';
COMMENT ON COLUMN quarantine.sender IS 'the line or mapping that the topic belongs to; other: none of them';
CREATE INDEX quarantine_age ON quarantine (last_seen);

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
REVOKE EXECUTE ON FUNCTION quarantine_grew(), quarantine_shrank() FROM PUBLIC;
CREATE TRIGGER grew AFTER INSERT ON quarantine
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION quarantine_grew();
CREATE TRIGGER shrank AFTER DELETE ON quarantine
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION quarantine_shrank();
INSERT INTO quarantine_usage (sender, messages, bytes)
SELECT sender, count(*), sum(octet_length(payload)) FROM quarantine GROUP BY sender;

ALTER TABLE quarantine_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON quarantine_usage TO virtaama_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON quarantine_usage TO virtaama_ingest;
GRANT DELETE ON quarantine TO virtaama_ingest;
