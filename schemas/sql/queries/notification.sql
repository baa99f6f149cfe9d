-- Messages of alarms: planned, claimed, handed over. The first part is the notifier's, the rest a viewer's.

-- name: try_to_plan
-- One process of a site plans at a time; the others only send.
SELECT pg_try_advisory_xact_lock(hashtext('virtaama notify'), %(site)s) AS plans;

-- name: site
SELECT site_id, time_zone, country FROM site WHERE key = %(site)s;

-- name: roster
SELECT r.week, d.login AS duty, n.login AS second
FROM roster_week r
LEFT JOIN roster_person d ON d.account_id = r.duty AND d.site_id = r.site_id
LEFT JOIN roster_person n ON n.account_id = r.second AND n.site_id = r.site_id
WHERE r.site_id = %(site)s AND r.week >= %(from)s;

-- name: not_to_call
SELECT login FROM not_to_call WHERE site_id = %(site)s AND login = ANY (%(logins)s);

-- name: to_answer
-- What asks for somebody, with the highest level at which somebody was told, when that was, and to which channels.
SELECT a.event_id, a.kind, a.group_id, a.name, a.action, a.priority, a.recorded_at, a.raised_at, a.raised_value, a.is_late,
       d.unit_display AS unit, a.place, m.level, m.told_at, coalesce(m.told_to, '[]') AS told_to
FROM alarm_to_answer a
LEFT JOIN LATERAL (
    SELECT unit_display FROM point_definition p WHERE p.point_id = a.point_id ORDER BY valid_from DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT ma.level, min(msg.created_at) AS told_at,
           jsonb_agg(jsonb_build_array(ma.recipient, ma.channel)) AS told_to
    FROM message_alarm ma JOIN message msg USING (message_id)
    WHERE ma.event_id = a.event_id GROUP BY ma.level ORDER BY ma.level DESC LIMIT 1
) m ON true
WHERE a.site_id = %(site)s AND a.priority = ANY (%(priorities)s)
ORDER BY array_position(%(priorities)s::text[], a.priority), a.recorded_at, a.event_id
LIMIT %(limit)s;

-- name: recent
-- How many messages of alarms a recipient's channel got lately, and when the last of them was made.
SELECT recipient, channel, count(*) AS messages, max(created_at) AS last_at
FROM message
WHERE site_id = %(site)s AND kind IN ('alarm', 'summary') AND created_at >= %(since)s AND withdrawn_at IS NULL
GROUP BY recipient, channel;

-- name: add
INSERT INTO message (site_id, unique_key, kind, recipient, channel, subject, body, notice, created_at, next_try_at)
VALUES (%(site_id)s, %(unique_key)s, %(kind)s, %(recipient)s, %(channel)s, %(subject)s, %(body)s, %(notice)s, %(now)s, %(now)s)
ON CONFLICT (site_id, unique_key) DO NOTHING
RETURNING message_id;

-- name: add_alarms
INSERT INTO message_alarm (message_id, event_id, level, recipient, channel)
SELECT %(message_id)s, event_id, level, %(recipient)s, %(channel)s
FROM unnest(%(events)s::uuid[], %(levels)s::int[]) AS each (event_id, level)
ON CONFLICT DO NOTHING;

-- name: withdraw
UPDATE message SET withdrawn_at = %(now)s, claimed_until = NULL
WHERE message_id IN (
    SELECT message_id FROM purposeless_message
    WHERE site_id = %(site)s AND coalesce(claimed_until, '-infinity') <= %(now)s
) AND handed_over_at IS NULL
RETURNING message_id;

-- name: claim
-- What was never tried comes first: what fails holds up nothing new. What is quiet now waits, also when it has been
-- tried; `cleared_at` is when the last of the alarms was over, if all are.
UPDATE message SET claimed_until = %(until)s, attempts = attempts + 1
WHERE message_id IN (
    SELECT message_id FROM message
    WHERE site_id = %(site)s AND handed_over_at IS NULL AND given_up_at IS NULL AND withdrawn_at IS NULL
      AND next_try_at <= %(now)s AND coalesce(claimed_until, '-infinity') <= %(now)s
      AND (kind NOT IN ('alarm', 'summary') OR EXISTS (
          SELECT FROM message_alarm ma JOIN alarm_event e USING (event_id)
          WHERE ma.message_id = message.message_id AND e.priority <> ALL (%(quiet)s)))
    ORDER BY attempts, created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING message_id, kind, recipient, channel, subject, body, notice, attempts, created_at, (
    SELECT max(o.cleared_at) FROM message_alarm ma
    JOIN alarm_event e USING (event_id)
    JOIN alarm_occurrence o ON o.occurrence = e.occurrence
    WHERE ma.message_id = message.message_id HAVING bool_and(o.cleared_at IS NOT NULL)
) AS cleared_at;

-- name: add_link
INSERT INTO message_link (token_sha256, message_id, account_id, occurrence, expires_at)
SELECT %(token_sha256)s, a.message_id, p.account_id, e.occurrence, %(expires_at)s
FROM message_alarm a
JOIN message m USING (message_id)
JOIN alarm_event e USING (event_id)
JOIN roster_person p ON p.login = a.recipient AND p.site_id = m.site_id
WHERE a.message_id = %(message_id)s
RETURNING occurrence;

-- name: handed_over
UPDATE message SET handed_over_at = %(now)s, handed_over_by = %(by)s, error = NULL, claimed_until = NULL,
       given_up_at = NULL, withdrawn_at = NULL
WHERE message_id = %(message_id)s AND handed_over_at IS NULL;

-- name: failed
UPDATE message SET error = %(error)s, claimed_until = NULL, next_try_at = %(next_try_at)s,
       given_up_at = %(given_up_at)s
WHERE message_id = %(message_id)s AND handed_over_at IS NULL AND withdrawn_at IS NULL;

-- name: visible_roster
SELECT week, duty, duty_name, second, second_name FROM visible.roster_week
WHERE site = %(site)s AND week >= %(from)s AND week < %(to)s ORDER BY week;

-- name: persons
SELECT login, display_name FROM visible.roster_person WHERE site = %(site)s ORDER BY display_name;

-- name: country
SELECT country FROM visible.site WHERE key = %(site)s;

-- name: last_messages
SELECT kind, recipient, created_at, attempts, handed_over_at, given_up_at, withdrawn_at FROM visible.message
WHERE site = %(site)s ORDER BY created_at DESC LIMIT %(limit)s;

-- name: set_roster_week
SELECT visible.set_roster_week(%(site)s, %(week)s, %(duty)s, %(second)s) IS NULL AS done;

-- name: answer_by_link
SELECT visible.answer_by_link(%(token_sha256)s) IS NULL AS done;

-- name: alarm_of_link
SELECT visible.alarm_of_link(%(token_sha256)s) AS alarm_id;
