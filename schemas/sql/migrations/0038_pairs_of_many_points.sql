-- Pairs of points are found by those that name another one: each of 5 000 points was held against all others.

CREATE OR REPLACE VIEW visible.plausible_pair WITH (security_barrier) AS
WITH seen AS MATERIALIZED (
    SELECT w.point_id FROM (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w
    WHERE EXISTS (SELECT FROM point_definition d WHERE d.point_id = w.point_id AND d.valid_from < w.until)
), naming AS MATERIALIZED (
    SELECT p.point_id, l.site_id, split_part(n.other, '/', 1) AS line, split_part(n.other, '/', 2) AS key, n.is_condition
    FROM seen
    JOIN point p USING (point_id)
    JOIN line l USING (line_id)
    JOIN LATERAL (
        SELECT d.checks FROM point_definition d
        WHERE d.point_id = p.point_id ORDER BY d.valid_from DESC LIMIT 1
    ) d ON true
    CROSS JOIN LATERAL (
        VALUES (d.checks #>> '{beside,point}', false), (d.checks #>> '{contradicted_by,point}', true)
    ) n (other, is_condition)
    WHERE n.other IS NOT NULL
)
SELECT n.point_id, o.point_id AS other_id, n.is_condition
FROM naming n
JOIN line l ON l.site_id = n.site_id AND l.key = n.line
JOIN point o ON o.line_id = l.line_id AND o.key = n.key
WHERE o.point_id IN (SELECT point_id FROM seen);
