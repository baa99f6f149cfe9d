-- What stands is named by the view that says it stands: asking the view of all alarms for it took seconds with 5 000.

CREATE OR REPLACE VIEW visible.alarm_standing WITH (security_barrier) AS
SELECT t.alarm_id, s.key AS site, o.priority, t.state, t.since, t.occurrence, t.shelved_until,
       t.is_acknowledged OR EXISTS (
           SELECT FROM alarm_act k
           WHERE k.alarm_id = t.alarm_id AND k.occurrence = t.occurrence AND k.kind = 'acknowledge'
             AND k.done_at IS NULL
       ) AS is_acknowledged,
       (SELECT CASE WHEN count(*) = 1 THEN min(p.point_id) END
        FROM alarm_definition d JOIN alarm_point p USING (alarm_id, valid_from)
        WHERE d.alarm_id = t.alarm_id AND d.valid_from = (
            SELECT max(valid_from) FROM alarm_definition n WHERE n.alarm_id = t.alarm_id)) AS point_id,
       named.name
FROM alarm_state t
JOIN alarm a ON a.alarm_id = t.alarm_id
JOIN site s USING (site_id)
JOIN LATERAL (
    SELECT name FROM alarm_definition d WHERE d.alarm_id = t.alarm_id ORDER BY d.valid_from DESC LIMIT 1
) named ON true
LEFT JOIN alarm_occurrence o ON o.occurrence = t.occurrence
WHERE t.state <> 'normal' AND (
    a.site_id IN (SELECT v.site_id FROM viewer_site v WHERE v.sees_all)
    OR t.alarm_id IN (
        SELECT w.alarm_id FROM alarm_window w
        WHERE NOT w.is_staff AND w.granted_from <= now() AND now() < w.granted_to
    ) AND EXISTS (
        SELECT FROM alarm_window w
        WHERE w.alarm_id = t.alarm_id AND o.raised_at >= w.granted_from AND o.raised_at < w.granted_to
    )
) AND named.name IS NOT NULL;
