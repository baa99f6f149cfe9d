-- What arrived and is described nowhere, as far as the viewer may see it.

-- name: waiting
-- Lines in turn, the one that sends most first, and of each line its topics in turn: who invents topics hides
-- nobody's that come again and again. Of another of the viewer's sites nothing is asked: what begins with
-- its key belongs there.
WITH chosen AS (
    SELECT topic, line, newest,
           sum(times) OVER (PARTITION BY line) AS of_line,
           row_number() OVER (PARTITION BY line ORDER BY times DESC, newest DESC) AS place
    FROM (
        SELECT topic, split_part(topic, '/', 1) || '/' || split_part(topic, '/', 2) AS line,
               sum(count) AS times, max(last_seen) AS newest
        FROM visible.unknown_message
        WHERE octet_length(payload) <= %(payload_limit_bytes)s
          AND split_part(topic, '/', 1) NOT IN (SELECT key FROM visible.site WHERE key <> %(site)s)
        GROUP BY topic
    ) topics
    ORDER BY place, of_line DESC, newest DESC
    LIMIT %(limit_rows)s
)
SELECT topic, payload, count, last_seen
FROM (
    SELECT *, sum(octet_length(payload)) OVER (
        PARTITION BY line ORDER BY nth, place ROWS UNBOUNDED PRECEDING
    ) AS bytes
    FROM (
        SELECT topic, payload, count, last_seen, line, place, of_line, newest,
               row_number() OVER (PARTITION BY topic ORDER BY last_seen DESC) AS nth
        FROM chosen JOIN visible.unknown_message USING (topic)
        WHERE octet_length(payload) <= %(payload_limit_bytes)s
        ORDER BY nth, place, of_line DESC, newest DESC
        LIMIT %(limit_rows)s
    ) in_turn
) summed
WHERE bytes <= %(payloads_limit_bytes)s
ORDER BY nth, place, of_line DESC, newest DESC;

-- name: unread
SELECT site, mapping, pointer, topic, times, last_seen
FROM visible.unread_value
WHERE site = %(site)s
ORDER BY mapping, pointer;

-- name: lines
SELECT site, key AS line FROM visible.line WHERE site = %(site)s;
