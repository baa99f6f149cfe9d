-- The unit in which a limit was written: that of its point when the limit began, which a viewer of later
-- times could not find out.
CREATE OR REPLACE VIEW visible.limit_value WITH (security_barrier) AS
SELECT v.point_id, v.bound, v.statistic, v.value, v.valid_from,
       s.key AS limit_set, s.name, s.source, s.verified_by,
       CASE WHEN v.valid_to < w.until THEN v.valid_to ELSE 'infinity' END AS valid_to,
       d.unit
FROM (
    SELECT v.*, lead(valid_from, 1, 'infinity') OVER (
        PARTITION BY limit_set_id, point_id, bound, statistic ORDER BY valid_from) AS valid_to
    FROM limit_value v
) v
JOIN limit_set s USING (limit_set_id)
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
JOIN LATERAL (
    SELECT d.unit FROM point_definition d
    WHERE d.point_id = v.point_id
    ORDER BY d.valid_from <= v.valid_from DESC,
             CASE WHEN d.valid_from <= v.valid_from THEN d.valid_from END DESC, d.valid_from
    LIMIT 1
) d ON true
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = v.point_id AND v.valid_from < g.granted_to AND v.valid_to > g.granted_from
);
