-- An alarm is found by itself, whatever the number of others: whoever sees all was compared with a row for each of them.

CREATE OR REPLACE VIEW visible.alarm WITH (security_barrier) AS
WITH own AS MATERIALIZED (SELECT alarm_id, granted_from, granted_to FROM alarm_window WHERE NOT is_staff)
SELECT a.alarm_id, s.key AS site, a.key, d.name, d.priority, d.class, p.point_id, l.key AS line, el.key AS element,
       d.consequence, d.action, d.respond_within_s, pd.unit,
       coalesce(t.state, 'normal') AS state, t.since, coalesce(t.is_active, false) AS is_active,
       coalesce(t.is_acknowledged, true) OR w.acknowledges AS is_acknowledged, o.occurrence, o.raised_at,
       o.recorded_at, o.cleared_at, o.raised_value, o.limit_value, o.is_late, o.acknowledged_at,
       CASE WHEN a.is_staff THEN ka.display_name END AS acknowledged_by, t.shelved_until,
       CASE WHEN a.is_staff THEN ks.display_name END AS shelved_by,
       CASE WHEN a.is_staff THEN t.shelved_reason END AS shelved_reason,
       CASE WHEN a.is_staff THEN t.suppressed_by END AS suppressed_by,
       CASE WHEN a.is_staff THEN c.key END AS cause,
       CASE WHEN a.is_staff THEN t.out_of_service_reason END AS out_of_service_reason,
       CASE WHEN a.is_staff THEN ko.display_name END AS out_of_service_by,
       CASE WHEN a.is_staff THEN asked.display_name END AS out_of_service_asked_by
FROM (
    SELECT alarm_id, site_id, key,
           site_id IN (SELECT v.site_id FROM viewer_site v WHERE v.sees_all) AS is_staff
    FROM alarm
) a
JOIN site s USING (site_id)
JOIN LATERAL (
    SELECT * FROM alarm_definition n WHERE n.alarm_id = a.alarm_id ORDER BY n.valid_from DESC LIMIT 1
) d ON d.name IS NOT NULL
LEFT JOIN alarm_state t ON t.alarm_id = a.alarm_id
LEFT JOIN alarm_occurrence o ON o.occurrence = t.occurrence AND (a.is_staff OR EXISTS (
    SELECT FROM own g
    WHERE g.alarm_id = o.alarm_id AND o.raised_at >= g.granted_from AND o.raised_at < g.granted_to
))
LEFT JOIN LATERAL (
    SELECT CASE WHEN count(*) = 1 THEN min(ap.point_id) END AS point_id, min(ap.point_id) AS any_id
    FROM alarm_point ap WHERE ap.alarm_id = d.alarm_id AND ap.valid_from = d.valid_from
) p ON true
LEFT JOIN LATERAL (
    SELECT unit FROM point_definition pd WHERE pd.point_id = p.point_id ORDER BY pd.valid_from DESC LIMIT 1
) pd ON true
LEFT JOIN point pt ON pt.point_id = p.any_id
LEFT JOIN line l ON l.line_id = pt.line_id
LEFT JOIN LATERAL (
    SELECT e.key FROM point_role r JOIN element e USING (element_id)
    WHERE r.point_id = p.point_id ORDER BY r.valid_from DESC LIMIT 1
) el ON true
LEFT JOIN account ka ON ka.account_id = o.acknowledged_by
LEFT JOIN account ks ON ks.account_id = t.shelved_by
LEFT JOIN account ko ON ko.account_id = t.out_of_service_by
LEFT JOIN alarm c ON c.alarm_id = t.cause
LEFT JOIN LATERAL (
    SELECT x.display_name FROM alarm_act k JOIN account x USING (account_id)
    WHERE k.alarm_id = a.alarm_id AND k.kind = 'ask_out_of_service' AND k.done_at IS NULL
    ORDER BY k.act_id LIMIT 1
) asked ON true
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM alarm_act k
        WHERE k.alarm_id = a.alarm_id AND k.kind = 'acknowledge' AND k.done_at IS NULL
          AND k.occurrence = t.occurrence
    ) AS acknowledges
) w
WHERE a.is_staff OR a.alarm_id IN (
    SELECT g.alarm_id FROM own g WHERE g.granted_from <= now() AND now() < g.granted_to
);
