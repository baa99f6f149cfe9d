-- What the columnstore holds cannot be locked row by row: `latest` is locked instead, as whoever writes readings of a
-- point does before anything else. Otherwise as in 0015.

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
                                         ELSE date_trunc('day', t.from_ts, s.time_zone) END ORDER BY t.place),
               array_agg(CASE level.rank
                   WHEN 1 THEN date_bin('5 minutes', t.to_ts, '2000-01-01Z') + INTERVAL '5 minutes'
                   WHEN 2 THEN date_trunc('hour', t.to_ts, 'UTC') + INTERVAL '1 hour'
                   ELSE (date_trunc('day', t.to_ts, s.time_zone) AT TIME ZONE s.time_zone + INTERVAL '1 day')
                        AT TIME ZONE s.time_zone END ORDER BY t.place)
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
                                ELSE date_trunc('day', r.bucket, s.time_zone) END AS begin
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
