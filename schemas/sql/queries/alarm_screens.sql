-- What people see of alarms and do about them. Everything goes through schema `visible`.

-- name: summary
-- How many alarms stand, by priority, and how many of them nobody has acknowledged; `digest` changes with
-- whatever a list of them shows. `points` are those at which one stands; `names`, in each row the same, what those
-- alarms are called, the most urgent first.
WITH known AS MATERIALIZED (
    SELECT *, state = ANY (%(standing)s) AS stands FROM visible.alarm_standing WHERE site = %(site)s
)
SELECT coalesce(priority, 'low') AS priority,
       count(*) FILTER (WHERE stands) AS standing,
       count(*) FILTER (WHERE stands AND NOT is_acknowledged) AS unacknowledged,
       md5(string_agg(concat_ws(' ', alarm_id, state, is_acknowledged, occurrence, since, shelved_until),
                      ',' ORDER BY alarm_id)) AS digest,
       array_agg(DISTINCT point_id) FILTER (WHERE stands AND point_id IS NOT NULL) AS points,
       (SELECT jsonb_agg(jsonb_build_array(point_id, name) ORDER BY place)
        FROM (
            SELECT point_id, name, row_number() OVER (
                ORDER BY array_position(%(priorities)s::text[], priority), since DESC, alarm_id) AS place
            FROM known WHERE stands AND point_id IS NOT NULL
        ) urgent
        WHERE place <= %(limit)s) AS names
FROM known
GROUP BY 1;

-- name: in_states
-- Which alarms are in one of some states: what nobody has acknowledged first, then by priority, then the newest.
SELECT alarm_id, count(*) OVER () AS total
FROM visible.alarm_standing
WHERE site = %(site)s AND state = ANY (%(states)s)
  AND (%(priority)s::text IS NULL OR priority = %(priority)s)
ORDER BY is_acknowledged, array_position(%(priorities)s::text[], priority), since DESC, alarm_id
LIMIT %(limit)s;

-- name: alarm_site
SELECT site FROM visible.alarm WHERE alarm_id = %(alarm)s;

-- name: some
SELECT alarm_id, key, name, priority, point_id, element, line, consequence, action, respond_within_s, unit,
       state, since, is_active, is_acknowledged, occurrence, raised_at, recorded_at, cleared_at, raised_value,
       limit_value, is_late, acknowledged_at, acknowledged_by, shelved_until, shelved_by, shelved_reason,
       suppressed_by, cause, out_of_service_reason, out_of_service_asked_by, out_of_service_by
FROM visible.alarm
WHERE alarm_id = ANY (%(alarms)s);

-- name: journal_moment
SELECT at FROM visible.alarm_event WHERE event_id = %(event)s;

-- name: journal
-- Events of the journal beside one of them (`cursor`), older or `newer`; without it the newest.
-- `start` and `end` are plain bounds: what is computed does not get to the index behind the view.
SELECT event_id, alarm_id, occurrence, kind, at, recorded_at, priority, name, point_id, value, is_late,
       who, comment
FROM visible.alarm_event
WHERE site = %(site)s AND (%(start)s::timestamptz IS NULL OR at >= %(start)s)
  AND (%(end)s::timestamptz IS NULL OR at < %(end)s)
  AND (%(alarm)s::uuid IS NULL OR alarm_id = %(alarm)s)
  AND (%(priority)s::text IS NULL OR priority = %(priority)s)
  AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s))
  AND (%(words)s = '' OR position(lower(%(words)s) IN
       lower(concat_ws(' ', name::text, who, comment))) > 0)
  AND (%(cursor)s::uuid IS NULL OR CASE WHEN %(newer)s::boolean THEN (at, event_id) > (%(cursor_at)s::timestamptz, %(cursor)s::uuid)
                                        ELSE (at, event_id) < (%(cursor_at)s::timestamptz, %(cursor)s::uuid) END)
ORDER BY CASE WHEN %(newer)s THEN at END, CASE WHEN %(newer)s THEN event_id END, at DESC, event_id DESC
LIMIT %(limit)s;

-- name: journal_goes_on
-- Whether there is something before a moment.
SELECT EXISTS (SELECT FROM visible.alarm_event WHERE site = %(site)s AND at < %(before)s) AS goes_on;

-- name: occurrences
-- What was raised in a window, or before and is or was active in it. What is to be known beside is asked for once, by the
-- keys of all that was found: for each by itself the views would be gone through again.
SELECT occurrence, alarm_id, priority, raised_at, recorded_at, cleared_at, acknowledged_at, limit_value AS "limit", name
FROM visible.alarm_occurrence
WHERE site = %(site)s AND raised_at < %(end)s AND (cleared_at IS NULL OR cleared_at >= %(start)s)
ORDER BY raised_at DESC
LIMIT %(limit)s;

-- name: times_to_respond
-- What definitions of some alarms give, in order of time.
SELECT alarm_id, NULLIF(valid_from, '-infinity'), respond_within_s FROM visible.alarm_definition d
WHERE alarm_id = ANY (%(alarms)s) ORDER BY alarm_id, d.valid_from;

-- name: cleared_values
SELECT occurrence, at, value FROM visible.alarm_event WHERE at = ANY (%(moments)s) AND kind = 'cleared';

-- name: uncalled
-- Which of some occurrences called nobody: they came and went while they were put aside. The kinds are those of the index
-- by occurrence.
SELECT occurrence FROM visible.alarm_event
WHERE occurrence = ANY (%(occurrences)s)
  AND kind IN ('raised', 'shelf_ended', 'unsuppressed', 'returned_to_service')
GROUP BY occurrence
HAVING NOT bool_or(state NOT IN ('shelved', 'suppressed', 'out_of_service') AND (kind = 'raised' OR state <> 'normal'));

-- name: spans
-- The newest occurrences of some points, or of one alarm, that touch a window.
SELECT alarm_id, priority, name, point_id, raised_at, cleared_at
FROM visible.alarm_occurrence
WHERE (point_id = ANY (%(points)s) OR alarm_id = %(alarm)s::uuid)
  AND raised_at < %(end)s AND (cleared_at IS NULL OR cleared_at >= %(start)s)
ORDER BY raised_at DESC
LIMIT %(limit)s;

-- name: acknowledge
SELECT visible.acknowledge_alarms(%(occurrences)s::uuid[]) AS acknowledged;

-- name: acknowledged_by
SELECT acknowledged_by FROM visible.alarm_occurrence WHERE occurrence = %(occurrence)s;

-- name: reset
SELECT visible.reset_alarm(%(alarm)s) IS NULL AS done;

-- name: comment
SELECT visible.comment_alarm(%(alarm)s, %(occurrence)s, %(comment)s) IS NULL AS done;

-- name: shelve
SELECT visible.shelve_alarm(%(alarm)s, %(until)s, %(reason)s) IS NULL AS done;

-- name: unshelve
SELECT visible.unshelve_alarm(%(alarm)s, %(reason)s) IS NULL AS done;

-- name: ask_out_of_service
SELECT visible.ask_out_of_service(%(alarm)s, %(reason)s) IS NULL AS done;

-- name: approve_out_of_service
SELECT visible.approve_out_of_service(%(alarm)s) IS NULL AS done;

-- name: return_to_service
SELECT visible.return_to_service(%(alarm)s, %(reason)s) IS NULL AS done;
