-- Messages that wait because their topic or a point in them is not known: for those who describe the plant.

CREATE VIEW visible.unknown_message WITH (security_barrier) AS
SELECT topic, payload, count, last_seen
FROM quarantine
WHERE replayed_at IS NULL AND reason IN ('unknown_topic', 'unknown_point')
  AND EXISTS (SELECT FROM current_viewer WHERE role IN ('engineer', 'administrator'))
  AND (EXISTS (SELECT FROM sees_every_site WHERE sees_every)
       OR split_part(topic, '/', 1) IN (SELECT key FROM viewer_topic_site));

GRANT SELECT ON visible.unknown_message TO virtaama_viewer;
