-- What arrived and is described nowhere, as far as the viewer may see it.

-- name: waiting
-- Of another of the viewer's sites nothing is asked: what begins with its key belongs there.
SELECT topic, payload, count, last_seen
FROM (
    SELECT *, sum(octet_length(payload)) OVER (
        PARTITION BY split_part(topic, '/', 1), split_part(topic, '/', 2)
        ORDER BY last_seen DESC ROWS UNBOUNDED PRECEDING
    ) AS bytes
    FROM (
        SELECT topic, payload, count, last_seen
        FROM visible.unknown_message
        WHERE octet_length(payload) <= %(payload_limit_bytes)s
          AND split_part(topic, '/', 1) NOT IN (SELECT key FROM visible.site WHERE key <> %(site)s)
        ORDER BY last_seen DESC
        LIMIT %(limit_rows)s
    ) newest
) summed
WHERE bytes <= %(payloads_limit_bytes)s
ORDER BY last_seen DESC;

-- name: unread
SELECT site, mapping, pointer, topic, times, last_seen
FROM visible.unread_value
WHERE site = %(site)s
ORDER BY mapping, pointer;

-- name: lines
SELECT site, key AS line FROM visible.line WHERE site = %(site)s;
