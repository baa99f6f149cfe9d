-- What was active in a window is found by when it cleared, and not by looking at all that ever was. Of what staff sees
-- no end is hidden, so that the index serves; where a trial ended first, what cleared afterwards goes on.

CREATE INDEX ON alarm_occurrence (cleared_at);

CREATE OR REPLACE VIEW visible.alarm_occurrence WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM alarm_window)
SELECT o.occurrence, o.alarm_id, s.key AS site, a.key, o.priority, d.name, d.point_id, o.raised_at, o.recorded_at,
       o.is_late, o.raised_value, o.limit_value, d.unit, o.cleared_at,
       CASE WHEN o.acknowledged_at < o.granted_to THEN o.acknowledged_at
            WHEN w.at < o.granted_to THEN w.at END AS acknowledged_at,
       CASE WHEN o.is_staff THEN coalesce(k.display_name, w.display_name) END AS acknowledged_by
FROM (
    SELECT o.occurrence, o.alarm_id, o.priority, o.raised_at, o.recorded_at, o.is_late, o.raised_value, o.limit_value,
           o.cleared_at, o.acknowledged_at, o.acknowledged_by, g.granted_to, g.is_staff
    FROM alarm_occurrence o JOIN seen g USING (alarm_id)
    WHERE g.is_staff
    UNION ALL
    SELECT o.occurrence, o.alarm_id, o.priority, o.raised_at, o.recorded_at, o.is_late, o.raised_value, o.limit_value,
           CASE WHEN o.cleared_at < g.granted_to THEN o.cleared_at END, o.acknowledged_at, o.acknowledged_by,
           g.granted_to, g.is_staff
    FROM alarm_occurrence o
    JOIN seen g ON g.alarm_id = o.alarm_id AND o.raised_at >= g.granted_from AND o.raised_at < g.granted_to
    WHERE NOT g.is_staff
) o
JOIN alarm a ON a.alarm_id = o.alarm_id
JOIN site s USING (site_id)
LEFT JOIN account k ON k.account_id = o.acknowledged_by
LEFT JOIN LATERAL (
    SELECT d.name, p.point_id, pd.unit
    FROM alarm_definition d
    LEFT JOIN LATERAL (
        SELECT CASE WHEN count(*) = 1 THEN min(point_id) END AS point_id FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from
    ) p ON true
    LEFT JOIN LATERAL (
        SELECT unit FROM point_definition pd
        WHERE pd.point_id = p.point_id AND pd.valid_from <= o.raised_at ORDER BY pd.valid_from DESC LIMIT 1
    ) pd ON true
    WHERE d.alarm_id = o.alarm_id AND d.name IS NOT NULL AND d.valid_from <= o.recorded_at
    ORDER BY d.valid_from DESC LIMIT 1
) d ON true
-- An act that waits counts on screens at once.
LEFT JOIN LATERAL (
    SELECT c.at, ca.display_name
    FROM alarm_act c
    JOIN alarm_occurrence co ON co.occurrence = c.occurrence
    JOIN account ca ON ca.account_id = c.account_id
    WHERE o.acknowledged_at IS NULL AND c.alarm_id = o.alarm_id AND c.kind = 'acknowledge'
      AND c.done_at IS NULL AND co.recorded_at >= o.recorded_at
    ORDER BY c.act_id LIMIT 1
) w ON true;
