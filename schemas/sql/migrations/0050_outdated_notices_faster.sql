-- As before, by the states of the alarms alone: what waits was looked up with names and places of all alarms, which took
-- seconds beside a flood.
CREATE OR REPLACE VIEW outdated_notice AS
SELECT m.site_id, m.message_id, m.recipient, m.channel, m.notice, m.handed_over_at, t.is_answered,
       CASE WHEN t.is_answered THEN a.display_name END AS answered_by,
       CASE WHEN t.is_answered THEN a.at ELSE t.cleared_at END AS at
FROM message m
JOIN LATERAL (
    SELECT bool_and(w.alarm_id IS NULL) AS is_answered, max(o.cleared_at) AS cleared_at,
           bool_and(o.cleared_at IS NOT NULL) AS is_cleared, array_agg(o.occurrence) AS occurrences
    FROM message_alarm ma
    JOIN alarm_event e USING (event_id)
    JOIN alarm_occurrence o USING (occurrence)
    LEFT JOIN alarm_state w ON w.alarm_id = o.alarm_id AND w.occurrence = o.occurrence AND NOT w.is_acknowledged
        AND w.state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
        AND NOT EXISTS (SELECT FROM alarm_act k
                        WHERE k.occurrence = o.occurrence AND k.kind = 'acknowledge' AND k.done_at IS NULL)
    WHERE ma.message_id = m.message_id
) t ON t.is_answered OR t.is_cleared
LEFT JOIN LATERAL (
    SELECT p.display_name, k.at FROM alarm_act k JOIN account p USING (account_id)
    WHERE k.occurrence = ANY (t.occurrences) AND k.kind = 'acknowledge' ORDER BY k.at DESC LIMIT 1
) a ON true
WHERE m.channel < 0 AND m.kind IN ('alarm', 'summary') AND m.handed_over_at IS NOT NULL;
