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
