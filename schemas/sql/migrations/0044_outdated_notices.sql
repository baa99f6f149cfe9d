-- Notices of browsers are replaced once they are no longer so.

ALTER TABLE message DROP CONSTRAINT message_kind_check;
ALTER TABLE message ADD CONSTRAINT message_kind_check CHECK (kind IN ('alarm', 'summary', 'test', 'hole', 'over'));

-- What browsers were told of alarms that have all been answered or put aside since, or have all cleared, and by whom
-- and when the last one was. By the states of the alarms alone: with names and places of all alarms it takes seconds
-- beside a flood. For the notifier alone.
CREATE VIEW outdated_notice AS
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
GRANT SELECT ON outdated_notice TO virtaama_ingest;
CREATE INDEX ON message (handed_over_at) WHERE channel < 0;
CREATE INDEX ON alarm_act (occurrence) WHERE kind = 'acknowledge';
