-- From when on which interval was expected of a point: old readings are judged by what was true for them.

CREATE VIEW visible.point_interval WITH (security_barrier) AS
SELECT d.point_id, d.valid_from, d.expected_interval_s
FROM point_definition d
WHERE EXISTS (
    SELECT FROM point_grant g
    WHERE g.viewer = current_setting('virtaama.viewer', true) AND g.point_id = d.point_id
);

GRANT SELECT ON visible.point_interval TO virtaama_viewer;
