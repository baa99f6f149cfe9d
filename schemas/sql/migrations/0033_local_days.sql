-- When a local day begins, as the ingest has it. Where clocks change at midnight (the Azores, Chile, Cuba, Egypt) one
-- day has no midnight, and another has two, of which PostgreSQL takes the second: rollups that were made anew counted
-- such a day twice, or lost the day after it. Otherwise as in 0004 and 0031.

CREATE FUNCTION local_day_begin(day date, zone text) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN (day::timestamp AT TIME ZONE zone - INTERVAL '1 hour') AT TIME ZONE zone >= day::timestamp
                THEN day::timestamp AT TIME ZONE zone - INTERVAL '1 hour'
                ELSE day::timestamp AT TIME ZONE zone END
$$;
REVOKE EXECUTE ON FUNCTION local_day_begin FROM PUBLIC;
GRANT EXECUTE ON FUNCTION local_day_begin TO virtaama_ingest;

CREATE OR REPLACE FUNCTION rebuild_rollups(
    point int, changed_at timestamptz, starts timestamptz[], scales float8[], offsets float8[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    gone timestamptz := (SELECT dropped_before FROM public.storage_class WHERE class = 'reading');
    zone text;
    span record;
    mine int;
BEGIN
    starts[1] := '-infinity';  -- what is before the first definition belongs to it
    SELECT s.time_zone INTO zone
    FROM public.point p JOIN public.line l USING (line_id) JOIN public.site s USING (site_id)
    WHERE p.point_id = point;
    FOR span IN
        SELECT 'rollup_5m' AS rollup, date_bin('5 minutes', changed_at, '2000-01-01Z') AS since,
               date_bin('5 minutes', changed_at, '2000-01-01Z') + INTERVAL '5 minutes' AS until
        UNION ALL
        SELECT 'rollup_1h', date_trunc('hour', changed_at, 'UTC'),
               date_trunc('hour', changed_at, 'UTC') + INTERVAL '1 hour'
        UNION ALL
        SELECT 'rollup_1d', local_day_begin(day, zone), local_day_begin(day + 1, zone)
        FROM (SELECT (changed_at AT TIME ZONE zone)::date AS day) today
    LOOP
        CONTINUE WHEN span.since = changed_at OR span.since < gone;
        EXECUTE format('SELECT FROM %I WHERE point_id = $1 AND bucket = $2 FOR UPDATE', span.rollup)
            USING point, span.since;
        mine := (SELECT count(*) FROM unnest(starts) AS s (start) WHERE start <= span.since);
        EXECUTE format($update$
            UPDATE %I SET
                n_used = r.n_used, n_good = r.n_good, sum = r.sum, sum_good = r.sum_good, min = r.min,
                max = r.max, first = r.first, first_ts = r.first_ts, last = r.last, last_ts = r.last_ts
            FROM (
                SELECT count(*) FILTER (WHERE used)::int AS n_used,
                       count(*) FILTER (WHERE good)::int AS n_good,
                       coalesce(sum(value) FILTER (WHERE used), 0) AS sum,
                       coalesce(sum(value) FILTER (WHERE good), 0) AS sum_good,
                       min(value) FILTER (WHERE used) AS min, max(value) FILTER (WHERE used) AS max,
                       (array_agg(value ORDER BY ts) FILTER (WHERE used))[1] AS first,
                       min(ts) FILTER (WHERE used) AS first_ts,
                       (array_agg(value ORDER BY ts DESC) FILTER (WHERE used))[1] AS last,
                       max(ts) FILTER (WHERE used) AS last_ts
                FROM (
                    SELECT r.ts, r.value IS NOT NULL AND r.qc <> 4 AS used,
                           r.value IS NOT NULL AND r.qc <= 2 AS good,
                           CASE WHEN own.scale = $5 AND own.shift = $6 THEN r.value
                                ELSE (r.value * own.scale + own.shift - $6) / $5 END AS value
                    FROM public.reading r
                    CROSS JOIN LATERAL (
                        SELECT d.scale, d.shift
                        FROM unnest($4::timestamptz[], $7::float8[], $8::float8[])
                            AS d (start, scale, shift)
                        WHERE d.start <= r.ts ORDER BY d.start DESC LIMIT 1
                    ) own
                    WHERE r.point_id = $1 AND r.ts >= $2 AND r.ts < $3
                ) readings
            ) r
            WHERE point_id = $1 AND bucket = $2
        $update$, span.rollup)
        USING point, span.since, span.until, starts, scales[mine], offsets[mine], scales, offsets;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION rebuild_buckets(points int[], from_ts timestamptz[], to_ts timestamptz[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    gone timestamptz := (SELECT dropped_before FROM storage_class WHERE class = 'reading');
    level record;
    starts timestamptz[];
    ends timestamptz[];
    lowest timestamptz;
    highest timestamptz;
BEGIN
    PERFORM FROM latest WHERE point_id = ANY (points) ORDER BY point_id FOR NO KEY UPDATE;
    FOR level IN
        SELECT * FROM (VALUES (1, 'rollup_5m'), (2, 'rollup_1h'), (3, 'rollup_1d')) v (rank, rollup) ORDER BY rank
    LOOP
        -- From the begin of the first bucket to the end of the last one; a local day ends with the next begin.
        SELECT array_agg(CASE level.rank WHEN 1 THEN date_bin('5 minutes', t.from_ts, '2000-01-01Z')
                                         WHEN 2 THEN date_trunc('hour', t.from_ts, 'UTC')
                                         ELSE local_day_begin((t.from_ts AT TIME ZONE s.time_zone)::date, s.time_zone) END ORDER BY t.place),
               array_agg(CASE level.rank
                   WHEN 1 THEN date_bin('5 minutes', t.to_ts, '2000-01-01Z') + INTERVAL '5 minutes'
                   WHEN 2 THEN date_trunc('hour', t.to_ts, 'UTC') + INTERVAL '1 hour'
                   ELSE local_day_begin((t.to_ts AT TIME ZONE s.time_zone)::date + 1, s.time_zone) END
                   ORDER BY t.place)
        INTO starts, ends
        FROM unnest(points, from_ts, to_ts) WITH ORDINALITY t (point_id, from_ts, to_ts, place)
        JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id);
        lowest := greatest((SELECT min(e) FROM unnest(starts) e), gone);
        highest := (SELECT max(e) FROM unnest(ends) e);
        EXECUTE format($delete$
            DELETE FROM %1$I r USING unnest($1, $2, $3) t (point_id, since, until)
            WHERE r.point_id = t.point_id AND r.bucket >= t.since AND r.bucket < t.until
              AND r.bucket >= $4 AND r.bucket < $5 AND r.point_id = ANY ($1)
        $delete$, level.rollup) USING points, starts, ends, lowest, highest;
        IF level.rank = 1 THEN
            EXECUTE $insert$
                INSERT INTO rollup_5m
                SELECT r.point_id, date_bin('5 minutes', r.ts, '2000-01-01Z') AS bucket, count(*),
                       count(*) FILTER (WHERE used), count(*) FILTER (WHERE good),
                       coalesce(sum(value) FILTER (WHERE used), 0), coalesce(sum(value) FILTER (WHERE good), 0),
                       min(value) FILTER (WHERE used), max(value) FILTER (WHERE used),
                       first(value, ts) FILTER (WHERE used), min(ts) FILTER (WHERE used),
                       last(value, ts) FILTER (WHERE used), max(ts) FILTER (WHERE used)
                FROM (
                    SELECT DISTINCT ON (r.point_id, r.ts) r.*, r.value IS NOT NULL AND r.qc <> 4 AS used,
                           r.value IS NOT NULL AND r.qc <= 2 AS good
                    FROM reading r JOIN unnest($1, $2, $3) t (point_id, since, until)
                        ON r.point_id = t.point_id AND r.ts >= t.since AND r.ts < t.until
                    WHERE r.ts >= $4 AND r.ts < $5 AND r.point_id = ANY ($1)
                ) r
                GROUP BY 1, 2
                ON CONFLICT DO NOTHING
            $insert$ USING points, starts, ends, lowest, highest;
        ELSE
            EXECUTE format($insert$
                INSERT INTO %1$I
                SELECT r.point_id, r.begin, sum(r.n), sum(r.n_used), sum(r.n_good), sum(r.sum), sum(r.sum_good),
                       min(r.min), max(r.max), first(r.first, r.first_ts) FILTER (WHERE r.n_used > 0),
                       min(r.first_ts), last(r.last, r.last_ts) FILTER (WHERE r.n_used > 0), max(r.last_ts)
                FROM (
                    SELECT DISTINCT ON (r.point_id, r.bucket) r.*,
                           CASE WHEN $6 = 2 THEN date_trunc('hour', r.bucket, 'UTC')
                                ELSE local_day_begin((r.bucket AT TIME ZONE s.time_zone)::date, s.time_zone) END AS begin
                    FROM rollup_5m r JOIN unnest($1, $2, $3) t (point_id, since, until)
                        ON r.point_id = t.point_id AND r.bucket >= t.since AND r.bucket < t.until
                    JOIN point p ON p.point_id = r.point_id JOIN line l USING (line_id) JOIN site s USING (site_id)
                    WHERE r.bucket >= $4 AND r.bucket < $5 AND r.point_id = ANY ($1)
                ) r
                WHERE r.begin >= $4
                GROUP BY 1, 2
                ON CONFLICT DO NOTHING
            $insert$, level.rollup) USING points, starts, ends, lowest, highest, level.rank;
        END IF;
    END LOOP;
    -- Updated and not made anew: another writer may be waiting to advance the row.
    UPDATE latest n SET ts = r.ts, value = r.value, status = r.status, qc = r.qc, checks = r.checks,
        received_at = r.received_at
    FROM unnest(points, to_ts) t (point_id, until)
    CROSS JOIN LATERAL (
        SELECT * FROM reading r WHERE r.point_id = t.point_id ORDER BY r.ts DESC LIMIT 1
    ) r
    WHERE n.point_id = t.point_id AND n.ts <= t.until;
    DELETE FROM latest n USING unnest(points, to_ts) t (point_id, until)
    WHERE n.point_id = t.point_id AND n.ts <= t.until
      AND NOT EXISTS (SELECT FROM reading r WHERE r.point_id = n.point_id);
    INSERT INTO latest
    SELECT r.* FROM (SELECT DISTINCT point_id FROM unnest(points) t (point_id)) t
    CROSS JOIN LATERAL (
        SELECT * FROM reading r WHERE r.point_id = t.point_id ORDER BY r.ts DESC LIMIT 1
    ) r
    ON CONFLICT (point_id) DO NOTHING;
END
$$;
