-- Readings that are judged anew: after a changed rule, and around windows of work and verdicts of people.

CREATE TABLE recheck (
    recheck_id  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    site_id     int NOT NULL REFERENCES site,
    point_ids   int[] NOT NULL CHECK (cardinality(point_ids) > 0),
    from_ts     timestamptz NOT NULL,
    to_ts       timestamptz NOT NULL CHECK (from_ts <= to_ts),
    asked_at    timestamptz NOT NULL DEFAULT now(),
    asked_by    text NOT NULL CHECK (length(asked_by) BETWEEN 1 AND 200),
    reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    place       int NOT NULL DEFAULT 1,
    next_ts     timestamptz,
    looked_at   bigint NOT NULL DEFAULT 0,
    changed     bigint NOT NULL DEFAULT 0,
    worked_at   timestamptz,
    finished_at timestamptz
);
COMMENT ON TABLE recheck IS 'who had stored readings judged anew, which, and why; kept for good';
COMMENT ON COLUMN recheck.place IS 'which of the points is worked on, from 1';
COMMENT ON COLUMN recheck.next_ts IS 'from where on its readings are still to be judged; NULL: all of them';
CREATE INDEX recheck_open ON recheck (worked_at NULLS FIRST, asked_at) WHERE finished_at IS NULL;
CREATE INDEX recheck_asked ON recheck (site_id, asked_at DESC);

ALTER TABLE recheck ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON recheck TO virtaama_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON recheck TO virtaama_ingest;
GRANT UPDATE (place, next_ts, looked_at, changed, worked_at, finished_at) ON recheck TO virtaama_ingest;

-- Asks for all readings of points between two moments, and for what they decide about around them; `until` NULL is up
-- to the newest. Whoever changes what readings are judged by calls this in the same transaction. Returns NULL if none
-- of the points is in use.
CREATE FUNCTION ask_recheck(points int[], since timestamptz, until timestamptz, who text, why text) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    asked uuid;
BEGIN
    INSERT INTO recheck (site_id, point_ids, from_ts, to_ts, asked_by, reason)
    SELECT l.site_id, array_agg(p.point_id ORDER BY p.point_id), since, coalesce(until, 'infinity'), who, why
    FROM point p JOIN line l USING (line_id)
    WHERE p.point_id = ANY (points) AND p.retired_at IS NULL
    GROUP BY l.site_id
    RETURNING recheck_id INTO STRICT asked;
    PERFORM pg_notify('virtaama_recheck', '');
    RETURN asked;
EXCEPTION
    WHEN no_data_found THEN
        RETURN NULL;
    WHEN too_many_rows THEN
        RAISE EXCEPTION 'the points are of several sites' USING ERRCODE = 'data_exception';
END
$$;
REVOKE EXECUTE ON FUNCTION ask_recheck FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ask_recheck TO virtaama_ingest;

CREATE VIEW visible.recheck WITH (security_barrier) AS
SELECT r.recheck_id, s.key AS site, r.from_ts, r.to_ts, r.asked_at, r.asked_by, r.reason,
       cardinality(r.point_ids) AS points,
       CASE WHEN r.finished_at IS NOT NULL THEN 'done' WHEN r.worked_at IS NULL THEN 'waiting' ELSE 'running' END AS state,
       least(r.place - 1, cardinality(r.point_ids))::float8 / cardinality(r.point_ids) AS share,
       r.looked_at, r.changed, r.finished_at
FROM recheck r
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id)
WHERE v.sees_all;

-- Points that are held beside another one (a plausible pair), by their newest definitions: for who sees both.
CREATE VIEW visible.plausible_pair WITH (security_barrier) AS
SELECT p.point_id, o.point_id AS other_id
FROM visible.point p
JOIN LATERAL (
    SELECT d.checks #>> '{beside,point}' AS other FROM point_definition d
    WHERE d.point_id = p.point_id ORDER BY d.valid_from DESC LIMIT 1
) d ON d.other IS NOT NULL
JOIN visible.point o ON o.site = p.site AND o.line || '/' || o.key = d.other;

GRANT SELECT ON visible.recheck, visible.plausible_pair TO virtaama_viewer;
