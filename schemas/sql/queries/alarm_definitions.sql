-- Alarm definitions as people see and write them. Everything goes through schema `visible`.

-- name: newest
-- The newest definition of each alarm of a site, those in use first; `total` counts all that were looked for.
SELECT *, count(*) OVER () AS total
FROM (
    SELECT DISTINCT ON (alarm_id)
           alarm_id, key, NULLIF(valid_from, '-infinity') AS valid_from, NULLIF(valid_to, 'infinity') AS valid_to,
           name, priority, class, consequence, action, respond_within_s, condition, suppression, delay_on_s,
           delay_off_s, is_latching, point_id, kept_in, entered_by, reason, ended_by, ended_reason, versions
    FROM visible.alarm_definition d
    WHERE site = %(site)s
    ORDER BY alarm_id, d.valid_from DESC
) d
WHERE (%(priority)s::text IS NULL OR priority = %(priority)s)
  AND (%(watch)s::text IS NULL OR condition->>'watch' = %(watch)s)
  AND (%(kept_in)s::text IS NULL OR kept_in = %(kept_in)s)
  AND (valid_to IS NULL) = %(in_use)s
  AND (%(words)s = '' OR position(lower(%(words)s) IN lower(concat_ws(
       ' ', key, name::text, class, condition->>'point', condition->>'role', consequence::text, action::text))) > 0)
ORDER BY array_position(%(priorities)s::text[], priority), key
LIMIT %(limit)s;

-- name: of_alarm
-- All definitions of an alarm that the viewer sees, the newest first.
SELECT alarm_id, key, NULLIF(valid_from, '-infinity') AS valid_from, NULLIF(valid_to, 'infinity') AS valid_to, name,
       priority, class, consequence, action, respond_within_s, condition, suppression, delay_on_s, delay_off_s,
       is_latching, point_id, kept_in, entered_by, reason, ended_by, ended_reason, versions
FROM visible.alarm_definition d
WHERE alarm_id = %(alarm)s
ORDER BY d.valid_from DESC;

-- name: site_of
SELECT site FROM visible.alarm_definition WHERE alarm_id = %(alarm)s LIMIT 1;

-- name: causes
-- Each alarm in use with what suppresses it.
SELECT key, name, suppression->'cause' AS causes, condition ? 'role' AS is_of_role
FROM visible.alarm_definition
WHERE site = %(site)s AND valid_to = 'infinity'
ORDER BY key;

-- name: define
SELECT visible.define_alarm(%(site)s, %(key)s, %(versions)s, %(definition)s, %(reason)s) AS alarm_id;

-- name: place
SELECT visible.place_alarm(%(alarm)s, %(versions)s, %(rows)s) AS placed;

-- name: retire
SELECT visible.retire_alarm(%(alarm)s, %(versions)s, %(reason)s) IS NULL AS done;

-- name: return_to_file
SELECT visible.return_alarm_to_file(%(alarm)s, %(versions)s) IS NULL AS done;
