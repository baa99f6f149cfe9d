-- How long what is kept. Moments of '-infinity' stand outside as NULL.

-- name: classes
-- From the finest to the coarsest: each is kept at least as long as the one before.
SELECT class, keep_days, columnstore_after_days, NULLIF(dropped_before, '-infinity') AS dropped_before
FROM storage_class
ORDER BY array_position(ARRAY['reading', 'rollup_5m', 'rollup_1h'], class);

-- name: set_keep
UPDATE storage_class SET keep_days = %(days)s WHERE class = %(class)s;

-- name: set_columnstore
UPDATE storage_class SET columnstore_after_days = %(days)s WHERE class = %(class)s;

-- name: chunks
SELECT hypertable_name, range_start, range_end FROM timescaledb_information.chunks
WHERE hypertable_name IN (SELECT class FROM storage_class)
ORDER BY range_start;

-- name: chunk_sizes
SELECT c.range_start, s.total_bytes::bigint
FROM timescaledb_information.chunks c
JOIN chunks_detailed_size(%(class)s::text::regclass) s USING (chunk_schema, chunk_name)
WHERE c.hypertable_name = %(class)s;

-- name: days
-- Days are kept for good.
SELECT pg_total_relation_size('rollup_1d')::bigint AS size_bytes, min(bucket) AS since FROM rollup_1d;

-- name: oldest_held
-- Of the trials whose readings their companies or guests may still read, the one that begins first.
SELECT trial, starts_at, access_until
FROM (
    SELECT l.key || '/' || t.key AS trial, t.starts_at, GREATEST(t.access_until, (
        SELECT max(LEAST(g.until_at, t.revoked_at)) FROM trial_guest g WHERE g.trial_id = t.trial_id
    )) AS access_until
    FROM trial_now t JOIN line l USING (line_id)
) t
WHERE starts_at <= %(now)s AND access_until > %(now)s
ORDER BY starts_at, trial LIMIT 1;

-- name: limit_wait
SELECT set_config('lock_timeout', %(limit_ms)s::text, true);

-- name: note_dropped
UPDATE storage_class SET dropped_before = GREATEST(dropped_before, %(before)s) WHERE class = %(class)s;

-- name: drop
SELECT drop_chunks(%(class)s::text::regclass, older_than => %(before)s::timestamptz);

-- name: edition
SELECT current_setting('timescaledb.license', true);

-- name: enabled_columnstores
SELECT hypertable_name FROM timescaledb_information.hypertables WHERE compression_enabled;

-- name: enable_columnstore
ALTER TABLE {hypertable} SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'point_id', timescaledb.orderby = '{time}'
);

-- name: columnstore_policies
SELECT hypertable_name, (config ->> 'compress_after')::interval FROM timescaledb_information.jobs
WHERE proc_name = 'policy_compression';

-- name: remove_columnstore_policy
CALL remove_columnstore_policy(%(class)s::text::regclass, if_exists => true);

-- name: add_columnstore_policy
CALL add_columnstore_policy(%(class)s::text::regclass, after => %(after)s::interval);

-- name: remove_retention_policy
-- Of an earlier version: it dropped without a word what was older than ten years.
SELECT remove_retention_policy('reading', if_exists => true);
