-- What a message takes in quarantine is more than its payload: empty ones on invented topics filled no share.

CREATE FUNCTION quarantine_size(topic text, payload bytea) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN octet_length(topic) + octet_length(payload) + 500::bigint;
COMMENT ON FUNCTION quarantine_size IS 'bytes that a row counts of the share of its sender; 500 are for what every row has, and for its places in indexes';
REVOKE EXECUTE ON FUNCTION quarantine_size(text, bytea) FROM PUBLIC;

-- A topic may have 65 535 bytes. No index takes more than 2 704, and refused the whole batch, for ever.
DROP INDEX quarantine_waiting;
CREATE INDEX quarantine_waiting ON quarantine (reason, last_seen) WHERE replayed_at IS NULL;

CREATE OR REPLACE FUNCTION quarantine_grew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO quarantine_usage AS u (sender, messages, bytes)
    SELECT sender, count(*), sum(quarantine_size(topic, payload)) FROM added GROUP BY sender ORDER BY sender
    ON CONFLICT (sender) DO UPDATE
    SET messages = u.messages + excluded.messages, bytes = u.bytes + excluded.bytes;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION quarantine_shrank() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE quarantine_usage u SET messages = u.messages - g.messages, bytes = u.bytes - g.bytes
    FROM (
        SELECT sender, count(*) AS messages, sum(quarantine_size(topic, payload)) AS bytes
        FROM gone GROUP BY sender
    ) g
    WHERE u.sender = g.sender;
    RETURN NULL;
END
$$;

UPDATE quarantine_usage u SET bytes = coalesce(
    (SELECT sum(quarantine_size(q.topic, q.payload)) FROM quarantine q WHERE q.sender = u.sender), 0
);
