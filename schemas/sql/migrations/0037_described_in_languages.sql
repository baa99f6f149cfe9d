-- What an instrument is called in each language; NULL: as in `description`, whatever is spoken.

ALTER TABLE instrument ADD COLUMN description_names jsonb;

CREATE OR REPLACE VIEW visible.assignment WITH (security_barrier) AS
SELECT a.point_id, a.valid_from,
       CASE WHEN a.valid_to < w.until THEN a.valid_to ELSE 'infinity' END AS valid_to,
       i.key AS instrument, i.provenance, i.description, i.description_names
FROM (
    SELECT a.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from)
        AS valid_to
    FROM assignment a
) a
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
LEFT JOIN instrument i USING (instrument_id)
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = a.point_id AND a.valid_from < g.granted_to AND a.valid_to > g.granted_from
);

CREATE OR REPLACE VIEW visible.instrument WITH (security_barrier) AS
WITH served AS MATERIALIZED (
    SELECT point_id, instrument_id, valid_from,
           lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from) AS valid_to
    FROM assignment
)
SELECT s.key AS site, i.key, i.description, i.calibration_interval_days,
       (SELECT array_agg(n.point_id) FROM served n
        WHERE n.instrument_id = i.instrument_id AND n.valid_to = 'infinity') AS point_ids,
       (SELECT max(w.ends_at) FROM quality_window w
        WHERE w.kind = 'calibration' AND NOT w.is_withdrawn AND w.ends_at <= now()
          AND (w.instrument_id = i.instrument_id OR EXISTS (
              SELECT FROM served n
              WHERE n.instrument_id = i.instrument_id AND n.point_id = w.point_id
                AND n.valid_from <= w.starts_at AND n.valid_to > w.starts_at))) AS calibrated_at,
       i.description_names
FROM instrument i
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id)
WHERE v.sees_all AND EXISTS (
    SELECT FROM served n WHERE n.instrument_id = i.instrument_id AND n.valid_to = 'infinity');
