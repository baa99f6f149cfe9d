-- A message that waits in the outbox is withdrawn once nothing that it tells of asks for anybody any more.

ALTER TABLE message ADD COLUMN withdrawn_at timestamptz,
    DROP CONSTRAINT message_check,
    ADD CONSTRAINT message_check CHECK (num_nonnulls(handed_over_at, given_up_at, withdrawn_at) <= 1);
COMMENT ON COLUMN message.withdrawn_at IS 'before it was handed over somebody had answered, or it was put aside';
DROP INDEX message_next_try_at_idx;
CREATE INDEX ON message (next_try_at) WHERE handed_over_at IS NULL AND given_up_at IS NULL AND withdrawn_at IS NULL;

-- Which event of which alarm calls now: nobody has acknowledged it, and it is not put aside.
CREATE VIEW calling_event AS
SELECT t.alarm_id, t.occurrence, e.event_id, e.kind, e.recorded_at, e.group_id
FROM alarm_state t
JOIN LATERAL (
    SELECT c.event_id, c.kind, c.recorded_at, c.group_id FROM alarm_event c
    WHERE c.occurrence = t.occurrence AND c.kind IN ('raised', 'shelf_ended', 'unsuppressed', 'returned_to_service')
    ORDER BY c.sequence DESC LIMIT 1
) e ON true
WHERE NOT t.is_acknowledged
  AND t.state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
  AND NOT EXISTS (SELECT FROM alarm_act k
                  WHERE k.occurrence = t.occurrence AND k.kind = 'acknowledge' AND k.done_at IS NULL);

-- As before, of what calls now.
CREATE OR REPLACE VIEW alarm_to_answer AS
SELECT s.key AS site, a.site_id, c.event_id, c.kind, c.recorded_at, c.group_id, o.occurrence, d.name, d.action,
       o.priority, o.raised_at, o.raised_value, o.is_late,
       (SELECT CASE WHEN count(*) = 1 THEN min(p.point_id) END FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from) AS point_id,
       coalesce(w.name, s.name) AS place
FROM calling_event c
JOIN alarm_occurrence o USING (occurrence)
JOIN alarm a ON a.alarm_id = c.alarm_id
JOIN site s USING (site_id)
JOIN alarm_definition_period d ON d.alarm_id = a.alarm_id AND d.valid_to = 'infinity' AND d.name IS NOT NULL
LEFT JOIN LATERAL (
    SELECT coalesce(min(n.name::text), min(l.name::text))::jsonb AS name
    FROM alarm_point p
    JOIN point q USING (point_id)
    JOIN line l USING (line_id)
    LEFT JOIN point_role_period r ON r.point_id = p.point_id AND r.valid_to = 'infinity'
    LEFT JOIN element_definition n ON n.element_id = r.element_id AND n.name IS NOT NULL AND n.valid_from = (
        SELECT max(e.valid_from) FROM element_definition e WHERE e.element_id = n.element_id)
    WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from
    HAVING count(*) = 1
) w ON true;

-- Messages that tell of nothing that calls. For the notifier alone.
CREATE VIEW purposeless_message AS
SELECT m.message_id, m.site_id, m.claimed_until FROM message m
WHERE m.kind IN ('alarm', 'summary')
  AND m.handed_over_at IS NULL AND m.given_up_at IS NULL AND m.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT FROM message_alarm ma
                  JOIN alarm_event e USING (event_id)
                  JOIN calling_event c ON c.alarm_id = e.alarm_id AND c.event_id = e.event_id
                  WHERE ma.message_id = m.message_id);
GRANT SELECT ON calling_event, purposeless_message TO virtaama_ingest;

CREATE OR REPLACE VIEW visible.message WITH (security_barrier) AS
SELECT s.key AS site, m.kind, m.recipient, m.created_at, m.attempts, m.handed_over_at, m.given_up_at, m.withdrawn_at
FROM message m
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id), current_viewer c
WHERE v.sees_all AND c.account_id IS NOT NULL;
