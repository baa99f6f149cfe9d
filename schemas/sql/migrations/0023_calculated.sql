-- Points whose values are calculated from those of others, by a formula that is dated like all definitions.

ALTER TABLE point_definition DROP CONSTRAINT point_definition_kind_check;
ALTER TABLE point_definition ADD CONSTRAINT point_definition_kind_check CHECK (
    kind IN ('measurement', 'counter', 'state', 'setpoint', 'derived', 'laboratory', 'calculated')
);
ALTER TABLE point_definition ADD COLUMN formula text;
ALTER TABLE point_definition ADD CHECK ((kind = 'calculated') = (formula IS NOT NULL));

CREATE TABLE calculated_plan (
    point_id    int NOT NULL REFERENCES point,
    since_us    bigint NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (point_id, since_us)
);
COMMENT ON TABLE calculated_plan IS 'from when on a point was calculated in which way; where that changes, values are calculated anew';

CREATE TABLE calculated_input (
    point_id int NOT NULL REFERENCES point,
    input_id int NOT NULL REFERENCES point,
    PRIMARY KEY (point_id, input_id)
);
COMMENT ON TABLE calculated_input IS 'the points, none of them calculated, from which a value of a point ever came; only added to';

CREATE TABLE calculation_due (
    point_id int PRIMARY KEY REFERENCES point,
    from_us  bigint NOT NULL,
    to_us    bigint NOT NULL,
    CHECK (from_us < to_us)
);
COMMENT ON TABLE calculation_due IS 'what waits to be calculated anew, day by day, the newest first';

ALTER TABLE calculated_plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE calculated_input ENABLE ROW LEVEL SECURITY;
ALTER TABLE calculation_due ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON calculated_plan TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON calculated_input TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON calculation_due TO virtaama_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON calculated_plan, calculation_due TO virtaama_ingest;
GRANT SELECT, INSERT ON calculated_input TO virtaama_ingest;

CREATE POLICY ingest ON element FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON element_definition FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON element_property FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON point_role FOR SELECT TO virtaama_ingest USING (true);
GRANT SELECT ON element, element_definition, element_property, point_role TO virtaama_ingest;

-- Whoever may not delete readings may delete those that were calculated, to replace them.
CREATE FUNCTION forget_calculated(points int[], moments_us bigint[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    DELETE FROM reading r
    USING unnest(points, moments_us) t (point_id, ts_us)
    WHERE r.point_id = t.point_id AND r.point_id = ANY (points)
      AND r.ts = '1970-01-01Z'::timestamptz + t.ts_us * INTERVAL '1 microsecond'
      AND r.ts BETWEEN '1970-01-01Z'::timestamptz + (SELECT min(m) FROM unnest(moments_us) m) * INTERVAL '1 microsecond'
                   AND '1970-01-01Z'::timestamptz + (SELECT max(m) FROM unnest(moments_us) m) * INTERVAL '1 microsecond'
      AND (
          SELECT d.kind FROM point_definition d WHERE d.point_id = r.point_id
          ORDER BY d.valid_from <= r.ts DESC, CASE WHEN d.valid_from <= r.ts THEN d.valid_from END DESC, d.valid_from
          LIMIT 1
      ) = 'calculated';
$$;
REVOKE EXECUTE ON FUNCTION forget_calculated FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_calculated TO virtaama_ingest;

-- What was granted of each point; windows that never overlap.
CREATE VIEW granted_window AS
SELECT point_id, lower(w) AS granted_from, upper(w) AS granted_to
FROM (
    SELECT point_id, unnest(range_agg(tstzrange(granted_from, granted_to))) AS w
    FROM (
        SELECT p.point_id, '-infinity'::timestamptz AS granted_from, 'infinity'::timestamptz AS granted_to
        FROM point p
        JOIN line l USING (line_id)
        JOIN viewer_site s USING (site_id)
        CROSS JOIN current_viewer v
        WHERE num_nonnulls(v.account_id, v.device_id) = 1
          AND (s.sees_all OR (s.role = 'lobby' AND l.kind = 'main'))
        UNION ALL
        SELECT tp.point_id, t.starts_at, t.ends_at
        FROM trial_access t JOIN trial_site_point tp USING (trial_id)
        WHERE NOT t.sees_all AND t.starts_at < t.ends_at
        UNION ALL
        SELECT g.point_id, g.granted_from, g.granted_to
        FROM point_grant g
        WHERE g.viewer = current_setting('virtaama.viewer', true)
    ) granted
    GROUP BY point_id
) merged;

-- What the viewer may see of points: what was granted, and of a calculated point only while that holds for all
-- points that it was ever calculated from: its value would tell theirs.
CREATE VIEW viewer_window AS
SELECT g.point_id, g.granted_from, g.granted_to
FROM granted_window g
WHERE NOT EXISTS (SELECT FROM calculated_input i WHERE i.point_id = g.point_id)
UNION ALL
SELECT g.point_id, lower(w), upper(w)
FROM granted_window g
CROSS JOIN LATERAL (
    SELECT range_intersect_agg(coalesce(o.windows, '{}')) AS windows
    FROM calculated_input i
    LEFT JOIN LATERAL (
        SELECT range_agg(tstzrange(o.granted_from, o.granted_to)) AS windows
        FROM granted_window o WHERE o.point_id = i.input_id
    ) o ON true
    WHERE i.point_id = g.point_id
) inputs
CROSS JOIN LATERAL unnest(inputs.windows * tstzmultirange(tstzrange(g.granted_from, g.granted_to))) AS w
WHERE EXISTS (SELECT FROM calculated_input i WHERE i.point_id = g.point_id);

-- A function, because every question of the dashboard is planned anew, and most ask for this more than once: here
-- it is planned once for a connection.
CREATE FUNCTION visible.point_windows()
RETURNS TABLE (point_id int, granted_from timestamptz, granted_to timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200 SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT w.point_id, w.granted_from, w.granted_to FROM public.viewer_window w;
END
$$;
REVOKE EXECUTE ON FUNCTION visible.point_windows FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.point_windows TO virtaama_viewer;

CREATE OR REPLACE VIEW point_window AS
SELECT point_id, granted_from, granted_to FROM visible.point_windows();

-- A value that is calculated says so, whatever serves its point.
CREATE OR REPLACE VIEW visible.point WITH (security_barrier) AS
SELECT p.point_id, s.key AS site, s.name AS site_name, s.time_zone, l.key AS line,
       l.kind AS line_kind, l.name AS line_name, p.key, coalesce(f.tag, p.tag) AS tag,
       coalesce(f.area, p.area) AS area, coalesce(f.name, p.name) AS name, d.kind, d.unit, d.unit_display,
       d.species, d.expected_interval_s, d.range_lo, d.range_hi, d.typical_lo, d.typical_hi,
       d.verified, d.states, d.note, i.key AS instrument,
       CASE d.kind WHEN 'calculated' THEN 'calculated' ELSE i.provenance END AS provenance,
       i.description AS instrument_description,
       CASE WHEN p.retired_at < w.until THEN p.retired_at END AS retired_at
FROM (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w
JOIN point p USING (point_id)
JOIN line l USING (line_id)
JOIN site s USING (site_id)
JOIN LATERAL (
    SELECT * FROM point_definition d
    WHERE d.point_id = p.point_id AND d.valid_from < w.until
    ORDER BY d.valid_from DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT * FROM assignment a
    WHERE a.point_id = p.point_id AND a.valid_from < w.until
    ORDER BY a.valid_from DESC LIMIT 1
) a ON true
LEFT JOIN instrument i ON i.instrument_id = a.instrument_id
LEFT JOIN LATERAL (
    SELECT * FROM point_former_name f
    WHERE f.point_id = p.point_id AND f.until >= w.until
    ORDER BY f.until LIMIT 1
) f ON true;

CREATE OR REPLACE VIEW point_current AS
SELECT p.point_id, s.key AS site, s.name AS site_name, s.time_zone, l.key AS line, l.kind AS line_kind,
       l.name AS line_name, p.key, p.tag, p.area, p.name, d.kind, d.unit, d.unit_display,
       d.species, d.expected_interval_s, d.range_lo, d.range_hi, d.typical_lo, d.typical_hi,
       d.verified, d.states, d.note, i.key AS instrument,
       CASE d.kind WHEN 'calculated' THEN 'calculated' ELSE i.provenance END AS provenance,
       i.description AS instrument_description
FROM point p
JOIN line l USING (line_id)
JOIN site s USING (site_id)
JOIN LATERAL (
    SELECT * FROM point_definition d
    WHERE d.point_id = p.point_id ORDER BY d.valid_from DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT * FROM assignment a
    WHERE a.point_id = p.point_id ORDER BY a.valid_from DESC LIMIT 1
) a ON true
LEFT JOIN instrument i ON i.instrument_id = a.instrument_id
WHERE p.retired_at IS NULL;
