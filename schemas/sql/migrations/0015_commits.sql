-- Commits of readings in their order, who has read how far, and rollups anew where a reading was corrected.

CREATE TABLE change (
    noted_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change_id    bigint UNIQUE,
    committed_at timestamptz NOT NULL,
    point_ids    int[] NOT NULL,
    from_us      bigint[] NOT NULL,
    to_us        bigint[] NOT NULL
);
COMMENT ON TABLE change IS 'what each commit of readings touched: of every point the first and the last device time';
COMMENT ON COLUMN change.change_id IS 'without gaps, in the order of the commits; NULL until the commit';

CREATE TABLE change_count (newest bigint NOT NULL);
CREATE UNIQUE INDEX change_count_is_one ON change_count ((true));
INSERT INTO change_count VALUES (0);

CREATE TABLE follower (
    name     text PRIMARY KEY,
    position bigint NOT NULL
);
COMMENT ON TABLE follower IS 'who works on readings after their commit, and the last commit that it has worked on';

-- The number is given at the commit and under a lock that ends with it: whoever has seen a number has seen, or
-- can see, all below it.
CREATE FUNCTION number_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    UPDATE change_count SET newest = newest + 1 RETURNING newest INTO number;
    UPDATE change SET change_id = number, committed_at = clock_timestamp() WHERE noted_id = NEW.noted_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION number_change() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER number_change AFTER INSERT ON change
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION number_change();

ALTER TABLE change ENABLE ROW LEVEL SECURITY;
ALTER TABLE change_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE follower ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON change TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON change_count FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON follower TO virtaama_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON change TO virtaama_ingest;
GRANT UPDATE (committed_at) ON change TO virtaama_ingest;  -- so that rows can be locked to be deleted
GRANT SELECT ON change_count TO virtaama_ingest;
GRANT SELECT, INSERT, UPDATE ON follower TO virtaama_ingest;

-- The buckets that [from, to] of each point touches, and `latest`, anew from the readings, all in one unit. Rows
-- are locked before anything is read: whoever adds to them meanwhile either has committed by then, or adds
-- afterwards. Buckets whose readings were dropped stay as they were; those of which no reading is left go.
CREATE FUNCTION rebuild_buckets(points int[], from_ts timestamptz[], to_ts timestamptz[]) RETURNS void
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
        EXECUTE format($lock$
            SELECT FROM %1$I r
            WHERE r.bucket >= $4 AND r.bucket < $5 AND EXISTS (
                SELECT FROM unnest($1, $2, $3) t (point_id, since, until)
                WHERE t.point_id = r.point_id AND r.bucket >= t.since AND r.bucket < t.until
            ) AND r.point_id = ANY ($1)
            ORDER BY r.point_id, r.bucket FOR UPDATE
        $lock$, level.rollup) USING points, starts, ends, lowest, highest;
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
REVOKE EXECUTE ON FUNCTION rebuild_buckets FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rebuild_buckets, rebuild_rollups TO virtaama_ingest;
