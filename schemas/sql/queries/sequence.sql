-- Numbered messages. $1 … are asyncpg's parameters.

-- name: all
SELECT topic, last_n, gaps, missing,
       (extract(epoch FROM last_gap) * 1000000)::bigint AS last_gap_us,
       (extract(epoch FROM last_seen) * 1000000)::bigint AS last_seen_us
FROM sequence;

-- name: keep
INSERT INTO sequence AS s (topic, last_n, gaps, missing, last_gap, last_seen)
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[]
)
ON CONFLICT (topic) DO UPDATE SET
    last_n = excluded.last_n, gaps = excluded.gaps, missing = excluded.missing,
    last_gap = excluded.last_gap, last_seen = excluded.last_seen
WHERE excluded.last_seen >= s.last_seen;
