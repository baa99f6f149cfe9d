-- What ingest reads and writes. $1 … are asyncpg's parameters. Stamps arrive by binary COPY as exact
-- microseconds; the temporary tables empty themselves at each commit.

-- name: points
-- A device is what sends a point with others: an instrument, or else all of a line.
SELECT p.point_id, p.site, p.line, p.key, p.time_zone,
       p.site || '/' || coalesce(p.instrument, p.line) AS device,
       p.kind IN ('measurement', 'derived') AS is_measured,
       (extract(epoch FROM s.begins_at) * 1000000)::bigint AS begins_us, p.kind = 'calculated' AS is_calculated
FROM point_current p JOIN site s ON s.key = p.site;

-- name: definitions
-- From when each counts, in microseconds since 1970 UTC; NULL: from the beginning.
SELECT point_id,
       (extract(epoch FROM NULLIF(valid_from, '-infinity')) * 1000000)::bigint AS since_us,
       unit, range_lo, range_hi, typical_lo, typical_hi, checks
FROM point_definition
ORDER BY point_id, point_definition.valid_from;

-- name: trial_senders
SELECT point_id,
       (extract(epoch FROM GREATEST(starts_at, '0001-01-01Z')) * 1000000)::bigint AS starts_us,
       (extract(epoch FROM LEAST(ends_at, '9999-12-31Z')) * 1000000)::bigint AS ends_us
FROM trial_sender;

-- name: mappings
SELECT site.key AS site, definition FROM topic_mapping JOIN site USING (site_id)
ORDER BY site.key, topic_mapping.key;

-- name: bound_locks
SELECT set_config('lock_timeout', $1, false);

-- name: name_writer
-- What this connection is called in `latest`.
SELECT set_config('virtaama.writer', $1, false);

-- name: staging
CREATE TEMPORARY TABLE staged_reading (LIKE reading) ON COMMIT DELETE ROWS;
-- What the rollups gain; a row is of one, or of all three. The last six columns are the newest reading of
-- the point, and stand in one row of each. Rows without a point are what arrived, by ten seconds.
CREATE TEMPORARY TABLE staged_gain (
    point_id int, bucket_5m timestamptz, bucket_1h timestamptz, bucket_1d timestamptz,
    n int, n_used int, n_good int, sum float8, sum_good float8, min float8, max float8,
    first float8, first_ts timestamptz, last float8, last_ts timestamptz,
    ts timestamptz, value float8, status smallint, qc smallint, checks int, received_at timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE staged_verdict (point_id int, ts timestamptz, qc smallint, checks int)
ON COMMIT DELETE ROWS;

-- name: insert_staged
-- Returns the keys that were new.
INSERT INTO reading SELECT * FROM staged_reading ORDER BY point_id, ts
ON CONFLICT DO NOTHING
RETURNING point_id, (extract(epoch FROM ts) * 1000000)::bigint AS ts_us;

-- name: plan_with_bounds
-- Until the commit each question is planned with the bounds it is asked with: a plan for any bounds
-- visits all chunks.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: stored
-- What is stored under the staged keys between $1 and $2. The bounds leave out all other chunks, and
-- LATERAL keeps it to an index look-up per row.
SELECT r.point_id, (extract(epoch FROM r.ts) * 1000000)::bigint AS ts_us, r.value, r.status
FROM staged_reading s
CROSS JOIN LATERAL (
    SELECT * FROM reading r
    WHERE r.point_id = s.point_id AND r.ts = s.ts AND r.ts BETWEEN $1 AND $2
    OFFSET 0
) r
WHERE s.ts BETWEEN $1 AND $2;

-- name: add_rollup
-- For {span} 5m, 1h and 1d; LEAST and GREATEST pass over NULL. An UPDATE that joins the staged rows is
-- cheaper while a chunk is small; then its plan reads the whole index, because only the bucket is known.
INSERT INTO rollup_{span} AS r
SELECT point_id, bucket_{span}, n, n_used, n_good, sum, sum_good, min, max,
       first, first_ts, last, last_ts
FROM staged_gain WHERE bucket_{span} IS NOT NULL
ON CONFLICT (point_id, bucket) DO UPDATE SET
    n        = r.n + excluded.n,
    n_used   = r.n_used + excluded.n_used,
    n_good   = r.n_good + excluded.n_good,
    sum      = r.sum + excluded.sum,
    sum_good = CASE WHEN r.n_good + excluded.n_good = 0 THEN 0 ELSE r.sum_good + excluded.sum_good END,
    min      = LEAST(r.min, excluded.min),
    max      = GREATEST(r.max, excluded.max),
    first    = CASE WHEN r.first_ts <= excluded.first_ts OR excluded.first_ts IS NULL
                    THEN r.first ELSE excluded.first END,
    first_ts = LEAST(r.first_ts, excluded.first_ts),
    last     = CASE WHEN r.last_ts >= excluded.last_ts OR excluded.last_ts IS NULL
                    THEN r.last ELSE excluded.last END,
    last_ts  = GREATEST(r.last_ts, excluded.last_ts);

-- name: add_latest
INSERT INTO latest
SELECT point_id, ts, value, status, qc, checks, received_at,
       current_setting('virtaama.writer', true)::bigint
FROM staged_gain
WHERE ts IS NOT NULL AND point_id NOT IN (SELECT point_id FROM latest)
ON CONFLICT DO NOTHING;

-- name: advance_latest
-- After add_latest. What another process has added meanwhile is seen here, being a statement later.
UPDATE latest t SET
    ts = s.ts, value = s.value, status = s.status, qc = s.qc, checks = s.checks,
    received_at = s.received_at
FROM staged_gain s
WHERE s.point_id = t.point_id AND s.ts > t.ts
  AND t.writer = (SELECT current_setting('virtaama.writer', true)::bigint);

-- name: refuse_other_writer
-- After advance_latest: whoever wrote one of the points meanwhile, its readings were not looked at.
SELECT refuse_other_writer(EXISTS (
    SELECT FROM staged_gain s JOIN latest t USING (point_id)
    WHERE s.ts IS NOT NULL
      AND t.writer IS DISTINCT FROM (SELECT current_setting('virtaama.writer', true)::bigint)
));

-- name: lock_points
-- Nobody else writes these points until the commit; in one order everywhere, and before anything else is locked.
-- Returns those that another connection has written last: of a row that had to be waited for, as it is now.
WITH mine AS MATERIALIZED (
    SELECT point_id, writer FROM latest WHERE point_id = ANY ($1::int[])
    ORDER BY point_id FOR NO KEY UPDATE
)
SELECT point_id FROM mine
WHERE writer IS DISTINCT FROM (SELECT current_setting('virtaama.writer', true)::bigint);

-- name: take_over
-- After lock_points.
UPDATE latest SET writer = current_setting('virtaama.writer', true)::bigint
WHERE point_id = ANY ($1::int[])
  AND writer IS DISTINCT FROM (SELECT current_setting('virtaama.writer', true)::bigint);

-- name: correct_readings
-- Stamps between $1 and $2: the bounds leave out all other chunks.
UPDATE reading r SET qc = s.qc, checks = s.checks
FROM staged_verdict s
WHERE r.point_id = s.point_id AND r.ts = s.ts AND r.ts BETWEEN $1 AND $2;

-- name: correct_latest
UPDATE latest t SET qc = s.qc, checks = s.checks
FROM staged_verdict s WHERE t.point_id = s.point_id AND t.ts = s.ts;

-- name: clear_verdicts
DELETE FROM staged_verdict;

-- name: clear_gains
DELETE FROM staged_gain;

-- name: make_rollup_anew
-- For {span} 5m, 1h and 1d: what staged_gain has in place of what was there.
UPDATE rollup_{span} r SET
    n = s.n, n_used = s.n_used, n_good = s.n_good, sum = s.sum, sum_good = s.sum_good, min = s.min,
    max = s.max, first = s.first, first_ts = s.first_ts, last = s.last, last_ts = s.last_ts
FROM staged_gain s WHERE r.point_id = s.point_id AND r.bucket = s.bucket_{span};

-- name: newest_of_devices
-- Up to when something of a device is stored: points $1 with the number of their device $2.
SELECT n.device, (extract(epoch FROM max(l.ts)) * 1000000)::bigint AS newest_us
FROM unnest($1::int[], $2::int[]) AS n (point_id, device) JOIN latest l USING (point_id)
GROUP BY n.device;

-- name: hours_with_zeros
-- Of points $1 those with a reading that is zero, or of which one is not used, in the hours from $2 to $3.
SELECT point_id, bool_or(n > n_used) AS has_unused
FROM rollup_1h
WHERE point_id = ANY ($1::int[]) AND bucket BETWEEN $2 AND $3
  AND (n > n_used OR (min <= 0 AND max >= 0))
GROUP BY point_id;

-- name: at_moments
-- What is stored of points $1 of devices $2 at the moments $4 of devices $3; the bounds leave out all other chunks.
SELECT array_agg(r.point_id), array_agg((extract(epoch FROM r.ts) * 1000000)::bigint), array_agg(r.value),
       array_agg(r.status), array_agg(r.qc), array_agg(r.checks)
FROM unnest($1::int[], $2::int[]) AS m (point_id, device)
JOIN unnest($3::int[], $4::timestamptz[]) AS n (device, ts) USING (device)
CROSS JOIN LATERAL (
    SELECT * FROM reading r
    WHERE r.point_id = m.point_id AND r.ts = n.ts AND r.ts BETWEEN $5 AND $6
    OFFSET 0
) r;

-- name: readings_between
-- All of point $1 from $2 on and before $3.
SELECT array_agg(r.point_id), array_agg((extract(epoch FROM r.ts) * 1000000)::bigint), array_agg(r.value),
       array_agg(r.status), array_agg(r.qc), array_agg(r.checks)
FROM (SELECT * FROM reading WHERE point_id = $1 AND ts >= $2 AND ts < $3 ORDER BY ts) r;

-- name: neighbours
-- For stretches of points ($1, from $2 to $3): what is stored within them, the $4 readings before and after,
-- no further away than a week, and all from $5 to $6. Stamps between $7 and $8: the bounds leave out all other
-- chunks, and LATERAL keeps it to index look-ups.
SELECT array_agg(r.point_id), array_agg((extract(epoch FROM r.ts) * 1000000)::bigint), array_agg(r.value),
       array_agg(r.status), array_agg(r.qc), array_agg(r.checks)
FROM (
    SELECT r.*
    FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $5::timestamptz[], $6::timestamptz[])
        AS n (point_id, from_ts, to_ts, since, until)
    CROSS JOIN LATERAL (
        (SELECT * FROM reading r
         WHERE r.point_id = n.point_id AND r.ts < n.from_ts AND r.ts >= n.from_ts - INTERVAL '7 days'
           AND r.ts BETWEEN $7 AND $8
         ORDER BY r.ts DESC LIMIT $4)
        UNION
        (SELECT * FROM reading r
         WHERE r.point_id = n.point_id AND r.ts > n.to_ts AND r.ts <= n.to_ts + INTERVAL '7 days'
           AND r.ts BETWEEN $7 AND $8
         ORDER BY r.ts LIMIT $4)
        UNION
        SELECT * FROM reading r
        WHERE r.point_id = n.point_id AND r.ts >= n.since AND r.ts <= n.until AND r.ts BETWEEN $7 AND $8
    ) r
    ORDER BY r.point_id, r.ts
) r;

-- name: stored_within
-- About how many readings are stored of points $1 from $2 to $3, by the share of each local day.
SELECT coalesce(sum(
    r.n * extract(epoch FROM least(w.to_ts, r.bucket + INTERVAL '1 day') - greatest(w.from_ts, r.bucket)) / 86400
), 0)::float8
FROM (
    SELECT s.point_id, s.from_ts, least(s.to_ts, l.ts) AS to_ts
    FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) AS s (point_id, from_ts, to_ts)
    JOIN latest l USING (point_id)
) w
JOIN rollup_1d r ON r.point_id = w.point_id AND r.bucket > w.from_ts - INTERVAL '1 day' AND r.bucket <= w.to_ts
WHERE w.from_ts <= w.to_ts;

-- name: note_arrivals
-- Old rows go as new ones come; a row that another process is removing is left to it.
WITH gone AS (
    DELETE FROM arrival WHERE (bucket, backend) IN (
        SELECT bucket, backend FROM arrival WHERE bucket < now() - INTERVAL '1 hour'
        FOR UPDATE SKIP LOCKED
    )
), came AS (
    SELECT date_bin('10 seconds', received_at, 'epoch') AS bucket, n, received_at
    FROM staged_gain WHERE point_id IS NULL
)
INSERT INTO arrival AS a (bucket, backend, readings, last_at)
SELECT bucket, pg_backend_pid(), n, received_at FROM came WHERE bucket >= now() - INTERVAL '1 hour'
ON CONFLICT (bucket, backend) DO UPDATE SET
    readings = a.readings + excluded.readings,
    last_at  = GREATEST(a.last_at, excluded.last_at);

-- name: replace_subscriptions
-- Remembers what a client subscribes to; returns what it did before and does no more.
WITH gone AS (
    DELETE FROM subscription WHERE client_id = $1 AND filter <> ALL ($2::text[]) RETURNING filter
), added AS (
    INSERT INTO subscription (client_id, filter, retained_taken)
    SELECT $1, unnest($2::text[]), false ON CONFLICT DO NOTHING
)
SELECT filter FROM gone ORDER BY filter;

-- name: newest
-- What the last of the migrations made that ingest needs: while they run it waits for this one.
SELECT retained_taken FROM subscription LIMIT 0;

-- name: untaken_retained
SELECT filter FROM subscription WHERE client_id = $1 AND NOT retained_taken ORDER BY filter;

-- name: take_retained
UPDATE subscription SET retained_taken = true WHERE client_id = $1 AND filter = ANY ($2::text[]);

-- name: forget_retained
UPDATE subscription SET retained_taken = false WHERE client_id = $1;

-- name: share_site
-- Until the commit no other description of a site is loaded: a load holds this lock alone.
SELECT pg_advisory_xact_lock_shared(hashtext('virtaama.site'));

-- name: site_version
-- Whether a plant is the one that is described now: definitions are only ever added to, and readings before
-- a moment (in microseconds since 1970 UTC; NULL: none) were dropped.
SELECT count(*) AS definition_count, (
    SELECT (extract(epoch FROM NULLIF(dropped_before, '-infinity')) * 1000000)::bigint
    FROM storage_class WHERE class = 'reading'
) AS dropped_before_us
FROM point_definition;

-- name: answers
SELECT true;

-- name: announce
SELECT pg_notify('virtaama_commit', '');
