-- What arrived and is described nowhere: for proposals to whoever writes the site file.

-- name: unknown
SELECT topic, payload, count, last_seen
FROM quarantine
WHERE replayed_at IS NULL AND reason IN ('unknown_topic', 'unknown_point')
  AND octet_length(payload) <= %(payload_limit_bytes)s
ORDER BY last_seen DESC, quarantine_id DESC
LIMIT %(limit_rows)s;

-- name: lines
SELECT s.key AS site, l.key AS line FROM line l JOIN site s USING (site_id);

-- name: points
SELECT site, line, key FROM point_current;

-- name: unread_places
SELECT site, mapping, pointer, topic, times, last_seen
FROM unread_value
ORDER BY site, mapping, pointer;
