-- What a counter can count in an hour at most, and what counting needs of its definitions.

ALTER TABLE point_definition ADD COLUMN max_rate_per_h double precision CHECK (max_rate_per_h > 0);
COMMENT ON COLUMN point_definition.max_rate_per_h
    IS 'the most a counter can count in an hour, in its unit; NULL: taken from its range and readings';

CREATE VIEW visible.counter_definition WITH (security_barrier) AS
SELECT d.point_id, d.valid_from, d.unit, d.range_hi, d.max_rate_per_h
FROM (
    SELECT d.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from)
        AS valid_to
    FROM point_definition d
) d
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = d.point_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);

GRANT SELECT ON visible.counter_definition TO virtaama_viewer;
