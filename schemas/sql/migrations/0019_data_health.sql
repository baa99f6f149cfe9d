-- What arrives with gaps, and what mappings leave unread: for whoever sees the whole plant.

CREATE VIEW visible.sequence_gap WITH (security_barrier) AS
SELECT topic, gaps, missing, last_gap, last_seen
FROM sequence
WHERE EXISTS (SELECT FROM current_viewer WHERE sees_all);

CREATE VIEW visible.unread_value WITH (security_barrier) AS
SELECT site, mapping, pointer, topic, times, last_seen
FROM unread_value
WHERE EXISTS (SELECT FROM current_viewer WHERE sees_all);

GRANT SELECT ON visible.sequence_gap, visible.unread_value TO virtaama_viewer;
