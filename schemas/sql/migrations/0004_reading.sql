-- What was measured: readings, their rollups, the newest value of each point, and how long all that is kept.

CREATE TABLE reading (
    point_id    int NOT NULL,
    ts          timestamptz NOT NULL,
    value       float8,
    status      smallint NOT NULL,
    qc          smallint NOT NULL CHECK (qc IN (1, 2, 3, 4, 9)),
    checks      int NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (point_id, ts)
);
COMMENT ON COLUMN reading.status IS 'upper 16 bits of the OPC UA status code that the source sent';
COMMENT ON COLUMN reading.qc IS 'QARTOD verdict: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing';
COMMENT ON COLUMN reading.checks IS 'bit mask of the checks that fired, see schemas/quality.py';

-- Rollups are written in the same transaction as the readings, so they are exact at every commit.
-- n counts all readings, n_used those with a value and qc <> 4, n_good those with qc <= 2.
-- sum, min, max, first and last are over the used ones, sum_good over the good ones.
-- Five minutes are the finest: what is finer is made from the readings when somebody looks.
-- They are updated again and again; on a page half filled an update needs no new index entries.
CREATE TABLE rollup_5m (
    point_id int NOT NULL,
    bucket   timestamptz NOT NULL,
    n        int NOT NULL,
    n_used   int NOT NULL,
    n_good   int NOT NULL,
    sum      float8 NOT NULL,
    sum_good float8 NOT NULL,
    min      float8,
    max      float8,
    first    float8,
    first_ts timestamptz,
    last     float8,
    last_ts  timestamptz,
    PRIMARY KEY (point_id, bucket)
) WITH (fillfactor = 50);
CREATE TABLE rollup_1h (LIKE rollup_5m INCLUDING ALL) WITH (fillfactor = 50);
CREATE TABLE rollup_1d (LIKE rollup_5m INCLUDING ALL) WITH (fillfactor = 50);
COMMENT ON TABLE rollup_1d IS 'a bucket begins at local midnight of the site';

-- Every question that does not say when visits all chunks: few are enough for ten years. A week holds twelve
-- million readings of 200 points every 10 seconds; `site load` chooses by the plant's own rate.
SELECT create_hypertable('reading', by_range('ts', INTERVAL '7 days'), create_default_indexes => false);
SELECT create_hypertable('rollup_5m', by_range('bucket', INTERVAL '28 days'), create_default_indexes => false);
SELECT create_hypertable('rollup_1h', by_range('bucket', INTERVAL '90 days'), create_default_indexes => false);

CREATE TABLE latest (
    point_id    int PRIMARY KEY,
    ts          timestamptz NOT NULL,
    value       float8,
    status      smallint NOT NULL,
    qc          smallint NOT NULL,
    checks      int NOT NULL,
    received_at timestamptz NOT NULL
) WITH (fillfactor = 50);

GRANT SELECT, INSERT ON reading TO virtaama_ingest;
GRANT SELECT, INSERT, UPDATE ON rollup_5m, rollup_1h, rollup_1d, latest TO virtaama_ingest;

-- How long each class of data is kept and when the columnstore takes it; and from when on anybody may say
-- what was measured. Nothing is dropped until somebody chooses it.
CREATE TABLE storage_class (
    class                  text PRIMARY KEY CHECK (class IN ('reading', 'rollup_5m', 'rollup_1h')),
    keep_days              int CHECK (keep_days > 0),
    columnstore_after_days int CHECK (columnstore_after_days >= 0),
    dropped_before         timestamptz NOT NULL DEFAULT '-infinity'
);
COMMENT ON COLUMN storage_class.keep_days IS 'NULL: everything';
COMMENT ON COLUMN storage_class.columnstore_after_days
    IS 'after the end of a chunk; NULL: never. Only the community edition has a columnstore';
COMMENT ON COLUMN storage_class.dropped_before
    IS 'what is older was dropped, and is not accepted again: it would count twice in what remains';
INSERT INTO storage_class (class, columnstore_after_days)
VALUES ('reading', 7), ('rollup_5m', 30), ('rollup_1h', 30);

ALTER TABLE storage_class ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON storage_class TO virtaama_ingest;
CREATE POLICY ingest ON storage_class FOR SELECT TO virtaama_ingest USING (true);

-- The buckets of a point that a change of its unit falls into, anew from its readings and in the unit of
-- their begin. `starts` are the moments of all its definitions, rising; a value of one becomes a value of the
-- newest by `scales` and `offsets`. Rows are locked before anything is read: whoever adds to them meanwhile
-- either has committed by then, or adds afterwards. Buckets whose readings were dropped stay as they were.
CREATE FUNCTION rebuild_rollups(
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
        SELECT 'rollup_1d', day, (day AT TIME ZONE zone + INTERVAL '1 day') AT TIME ZONE zone
        FROM (SELECT date_trunc('day', changed_at, zone) AS day) today
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
REVOKE EXECUTE ON FUNCTION rebuild_rollups FROM PUBLIC;
