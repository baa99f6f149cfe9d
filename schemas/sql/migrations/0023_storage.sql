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

GRANT SELECT ON storage_class TO virtaama_ingest;
ALTER TABLE storage_class ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON storage_class FOR SELECT TO virtaama_ingest USING (true);

-- What a chart or a package must know: from when on there are readings, five minutes and hours.
CREATE VIEW visible.storage_class WITH (security_barrier) AS
SELECT class, dropped_before FROM storage_class WHERE EXISTS (SELECT FROM current_viewer);
GRANT SELECT ON visible.storage_class TO virtaama_viewer;

ALTER TABLE site ADD COLUMN begins_at timestamptz;
COMMENT ON COLUMN site.begins_at IS 'nothing was measured before; NULL: nobody has said';

-- Whose points are a trial's own: while it runs, what comes for them comes from its gateway.
CREATE VIEW trial_sender AS
SELECT tp.point_id, t.starts_at, t.ends_at
FROM trial_now t
JOIN trial_point tp USING (trial_id)
JOIN point p ON p.point_id = tp.point_id AND p.line_id = t.line_id
WHERE t.starts_at < t.ends_at;
GRANT SELECT ON trial_sender TO virtaama_ingest;

-- Ingest reads its site again when a trial changes, wherever that was done.
CREATE FUNCTION announce_site() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('virtaama_site', '');
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION announce_site() FROM PUBLIC;
CREATE TRIGGER announce_site AFTER INSERT OR UPDATE OR DELETE ON trial
    FOR EACH STATEMENT EXECUTE FUNCTION announce_site();
CREATE TRIGGER announce_site AFTER INSERT OR UPDATE OR DELETE ON trial_point
    FOR EACH STATEMENT EXECUTE FUNCTION announce_site();
CREATE TRIGGER announce_site AFTER INSERT ON trial_entry
    FOR EACH ROW WHEN (NEW.kind IN ('end', 'revoke') OR NEW.replaces IS NOT NULL) EXECUTE FUNCTION announce_site();

-- As it was, but for buckets whose readings were dropped: they stay as they were.
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
