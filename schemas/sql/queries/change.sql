-- Commits of readings in their order, for those who work on readings after them. $1 … are asyncpg's parameters.

-- name: note
-- Old commits go as new ones come: after an hour those that every follower has worked on, after a week all. Two
-- at a time, so that what has piled up goes faster than it came.
WITH kept AS (
    SELECT coalesce(min(position), 9223372036854775807) AS position FROM follower
), gone AS (
    DELETE FROM change WHERE noted_id IN (
        SELECT c.noted_id
        FROM (SELECT noted_id FROM change ORDER BY noted_id LIMIT 2) oldest
        JOIN change c USING (noted_id), kept
        WHERE c.committed_at < now() - INTERVAL '7 days'
           OR (c.committed_at < now() - INTERVAL '1 hour' AND c.change_id <= kept.position)
        FOR UPDATE OF c SKIP LOCKED
    )
)
INSERT INTO change (committed_at, point_ids, from_us, to_us) VALUES (now(), $1, $2, $3);

-- name: begin_to_follow
-- A new follower begins with the next commit.
INSERT INTO follower (name, position)
SELECT $1, newest FROM change_count
ON CONFLICT DO NOTHING
RETURNING position;

-- name: begin_with_what_is_kept
-- A new follower begins with the oldest commit that is kept.
INSERT INTO follower (name, position)
SELECT $1, coalesce((SELECT min(change_id) - 1 FROM change), newest) FROM change_count
ON CONFLICT DO NOTHING;

-- name: position
-- Nobody else works under this name until the transaction ends.
SELECT position FROM follower WHERE name = $1 FOR UPDATE;

-- name: newest
SELECT newest FROM change_count;

-- name: following
SELECT change_id, (extract(epoch FROM committed_at) * 1000000)::bigint AS committed_us, point_ids, from_us, to_us
FROM change WHERE change_id > $1 ORDER BY change_id LIMIT $2;

-- name: waiting
-- How many commits a follower has before it, and the newest device time that they touched.
SELECT count(*), coalesce(max((SELECT max(t) FROM unnest(to_us) t)), 0)::bigint
FROM (
    SELECT to_us FROM change WHERE change_id > (SELECT position FROM follower WHERE name = $1)
    ORDER BY change_id LIMIT 500
) waiting;

-- name: move
UPDATE follower SET position = $2 WHERE name = $1;

-- name: rebuild_buckets
SELECT rebuild_buckets($1, $2, $3);

-- name: rebuild_rollups
-- The buckets that a change of the unit falls into.
SELECT rebuild_rollups($1, $2, $3, $4, $5);
