-- Readings that are judged anew. $1 … are asyncpg's parameters; moments are microseconds since 1970 UTC, and
-- all stamps with $ are bounds that leave out all other chunks.

-- name: commit_without_waiting
-- A slice that a power cut takes back is done again, with how far the recheck was: nobody need wait for the disk.
SET synchronous_commit = off;

-- name: ask
SELECT ask_recheck($1, $2, $3, $4, $5);

-- name: points
-- What can be judged anew, in order of the names.
SELECT p.point_id, p.site, p.line || '/' || p.key AS path, p.time_zone FROM point_current p ORDER BY 2, 3;

-- name: claim
-- The one that was longest not worked on, or $1, unless another connection is at it. Its span ends where there is
-- room for what lies around it.
SELECT recheck_id, point_ids[place] AS point_id, place, cardinality(point_ids) AS points,
       (extract(epoch FROM greatest(from_ts, '1000-01-01Z')) * 1000000)::bigint AS from_us,
       (extract(epoch FROM least(to_ts, '9000-01-01Z')) * 1000000)::bigint AS to_us,
       (extract(epoch FROM next_ts) * 1000000)::bigint AS next_us
FROM recheck
WHERE finished_at IS NULL AND ($1::uuid IS NULL OR recheck_id = $1)
ORDER BY worked_at NULLS FIRST, asked_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: move
-- One more slice is done.
UPDATE recheck SET
    place = $2, next_ts = $3, looked_at = looked_at + $4, changed = changed + $5, worked_at = clock_timestamp(),
    finished_at = CASE WHEN $2 > cardinality(point_ids) THEN clock_timestamp() END
WHERE recheck_id = $1;

-- name: put_back
-- After a slice that failed: the others come first.
UPDATE recheck SET worked_at = clock_timestamp() WHERE recheck_id = $1 AND finished_at IS NULL;

-- name: progress
SELECT asked_by, reason, place, cardinality(point_ids) AS points, next_ts, looked_at, changed, finished_at
FROM recheck WHERE recheck_id = $1;

-- name: unfinished
SELECT recheck_id, asked_by, reason FROM recheck WHERE finished_at IS NULL ORDER BY asked_at;

-- name: end_of_slice
-- The moment of the reading $4 readings after the first one of point $1 from $2 to $3.
SELECT (extract(epoch FROM ts) * 1000000)::bigint FROM reading
WHERE point_id = $1 AND ts >= $2 AND ts <= $3 ORDER BY ts OFFSET $4 LIMIT 1;

-- name: series
-- All of point $1 from $3 to $4, and the reading before them, no older than $2; a list for each column.
SELECT array_agg(point_id), array_agg((extract(epoch FROM ts) * 1000000)::bigint), array_agg(value),
       array_agg(status), array_agg(qc), array_agg(checks),
       array_agg((extract(epoch FROM received_at) * 1000000)::bigint)
FROM (
    (SELECT * FROM reading WHERE point_id = $1 AND ts >= $2 AND ts < $3 ORDER BY ts DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM reading WHERE point_id = $1 AND ts BETWEEN $3 AND $4)
    ORDER BY ts
) r;

-- name: count_verdicts
-- Of a temporary table nothing is known otherwise, and correct_point would compare each row with each.
ANALYZE staged_verdict;

-- name: correct_point
-- Stamps between $2 and $3.
UPDATE reading r SET qc = s.qc, checks = s.checks
FROM staged_verdict s
WHERE r.point_id = $1 AND s.point_id = $1 AND r.ts = s.ts AND r.ts BETWEEN $2 AND $3;
