-- Messages that could not be stored. $1 … are asyncpg's parameters, %(…)s psycopg's.

-- name: keep
-- A message that comes again, or comes again after a replay, waits (again). Only a later sighting is
-- counted: a batch that is written twice, or replayed, is not another one. One that came live is a reading
-- of that time, whatever the broker had kept before or after.
INSERT INTO quarantine AS q
    (digest, topic, payload, reason, detail, first_seen, last_seen, count, retained, stream_order, sender)
SELECT * FROM unnest(
    $1::bytea[], $2::text[], $3::bytea[], $4::text[], $5::text[],
    $6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::boolean[], $10::text[], $11::text[]
)
ON CONFLICT (digest) DO UPDATE SET
    detail      = excluded.detail,
    first_seen  = CASE WHEN q.retained AND NOT excluded.retained
                       THEN excluded.first_seen ELSE q.first_seen END,
    retained    = q.retained AND excluded.retained,
    last_seen   = GREATEST(q.last_seen, excluded.last_seen),
    count       = q.count + CASE WHEN excluded.last_seen > q.last_seen
                                 THEN excluded.count ELSE 0 END,
    replayed_at = NULL;

-- name: known
SELECT digest FROM quarantine WHERE digest = ANY ($1::bytea[]);

-- name: usage
SELECT sender, messages, bytes FROM quarantine_usage;

-- name: count_refused
INSERT INTO quarantine_usage AS u (sender, messages, bytes, refused, last_refused)
SELECT sender, 0, 0, refused, now() FROM unnest($1::text[], $2::bigint[]) AS r (sender, refused)
ON CONFLICT (sender) DO UPDATE
SET refused = u.refused + excluded.refused, last_refused = excluded.last_refused;

-- name: expire
-- A few at a time: whoever inserts into quarantine pays for what became too old.
WITH expired AS (
    DELETE FROM quarantine WHERE quarantine_id IN (
        SELECT quarantine_id FROM quarantine WHERE last_seen < now() - make_interval(days => $1)
        ORDER BY last_seen LIMIT 1000
    )
    RETURNING 1
)
SELECT count(*) FROM expired;

-- name: purge
DELETE FROM quarantine
WHERE (%(older_than_days)s::int IS NULL
       OR last_seen < now() - make_interval(days => %(older_than_days)s::int))
  AND (%(reason)s::text IS NULL OR reason = %(reason)s::text)
  AND (%(sender)s::text IS NULL OR sender = %(sender)s::text)
  AND (replayed_at IS NOT NULL OR NOT %(only_replayed)s);

-- name: waiting
SELECT quarantine_id, topic, octet_length(payload) AS size_bytes, reason, detail,
       first_seen, last_seen, count, replayed_at
FROM quarantine
WHERE replayed_at IS NULL AND (%(reason)s::text IS NULL OR reason = %(reason)s::text)
ORDER BY last_seen DESC, quarantine_id DESC
LIMIT %(limit_rows)s;

-- name: one
SELECT quarantine_id, topic, octet_length(payload) AS size_bytes, reason, detail,
       first_seen, last_seen, count, replayed_at, payload
FROM quarantine
WHERE quarantine_id = %(quarantine_id)s;

-- name: waiting_ids
SELECT quarantine_id FROM quarantine
WHERE replayed_at IS NULL AND ($1::text IS NULL OR reason = $1)
  AND ($2::timestamptz IS NULL OR first_seen >= $2) AND ($3::timestamptz IS NULL OR first_seen < $3)
ORDER BY first_seen, quarantine_id;

-- name: replay_page
-- As many of the asked ones as hold $2 bytes, and at least one; they stay locked until the commit. In the
-- order in which they came: local stamps are understood by it.
SELECT quarantine_id, topic, payload, first_seen, retained, stream_order
FROM quarantine
WHERE quarantine_id IN (
    SELECT quarantine_id FROM (
        SELECT quarantine_id, octet_length(payload) AS size_bytes,
               sum(octet_length(payload)) OVER (ORDER BY first_seen, quarantine_id) AS total_bytes
        FROM quarantine
        WHERE quarantine_id = ANY($1::bigint[])
    ) sized
    WHERE total_bytes - size_bytes < $2
)
ORDER BY first_seen, quarantine_id
FOR UPDATE;

-- name: settle
UPDATE quarantine SET replayed_at = now() WHERE quarantine_id = ANY($1::bigint[]);
