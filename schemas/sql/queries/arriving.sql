-- What is remembered of what comes. $1 … are asyncpg's parameters.

-- name: streams
SELECT topic, stream_order FROM stream ORDER BY seen, topic;

-- name: keep_streams
INSERT INTO stream AS s (topic, stream_order, seen)
SELECT topic, stream_order, now() FROM unnest($1::text[], $2::text[]) AS came (topic, stream_order)
ON CONFLICT (topic) DO UPDATE SET stream_order = excluded.stream_order, seen = excluded.seen;

-- name: forget_streams
DELETE FROM stream WHERE topic = ANY ($1::text[]);

-- name: forget_streams_beyond
-- Beyond $1 those that were quiet longest are forgotten: several processes may write here.
DELETE FROM stream WHERE topic IN (SELECT topic FROM stream ORDER BY seen DESC, topic OFFSET $1);

-- name: known_unread
SELECT site, mapping, pointer FROM unread_value;

-- name: keep_unread
-- In one order everywhere: no two writers can deadlock.
INSERT INTO unread_value AS u (site, mapping, pointer, topic, times)
SELECT site, mapping, pointer, topic, times
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
    AS came (site, mapping, pointer, topic, times)
ORDER BY site, mapping, pointer
ON CONFLICT (site, mapping, pointer) DO UPDATE SET
    topic = excluded.topic, times = u.times + excluded.times, last_seen = now();

-- name: tell_state
-- How this process is; a name that was given up goes as others tell.
WITH gone AS (
    DELETE FROM ingest_state WHERE told_at < now() - INTERVAL '30 days'
)
INSERT INTO ingest_state (client_id, told_at, broker_since, broker_lost_at, broker_reason, outages, spool_messages,
                          spool_bytes, spool_limit_bytes, spool_since, refused, damaged)
VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (client_id) DO UPDATE SET
    told_at = excluded.told_at, broker_since = excluded.broker_since, broker_lost_at = excluded.broker_lost_at,
    broker_reason = excluded.broker_reason, outages = excluded.outages, spool_messages = excluded.spool_messages,
    spool_bytes = excluded.spool_bytes, spool_limit_bytes = excluded.spool_limit_bytes,
    spool_since = excluded.spool_since, refused = excluded.refused, damaged = excluded.damaged;
