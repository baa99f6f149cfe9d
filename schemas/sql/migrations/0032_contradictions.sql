-- A point can also be held against a condition of other points, which is no second measurement of the same.

CREATE OR REPLACE VIEW visible.plausible_pair WITH (security_barrier) AS
SELECT p.point_id, o.point_id AS other_id, n.is_condition
FROM visible.point p
JOIN LATERAL (
    SELECT d.checks FROM point_definition d
    WHERE d.point_id = p.point_id ORDER BY d.valid_from DESC LIMIT 1
) d ON true
CROSS JOIN LATERAL (
    VALUES (d.checks #>> '{beside,point}', false), (d.checks #>> '{contradicted_by,point}', true)
) n (other, is_condition)
JOIN visible.point o ON o.site = p.site AND o.line || '/' || o.key = n.other;
COMMENT ON VIEW visible.plausible_pair IS
    'points held against another one by their newest definitions, for who sees both: one that should read the same, or a condition';

-- A rule may count from before it was written: then the states of before are looked at once.
ALTER TABLE window_rule ADD COLUMN is_followed boolean NOT NULL DEFAULT true;
ALTER TABLE window_rule ALTER COLUMN is_followed SET DEFAULT false;
COMMENT ON COLUMN window_rule.is_followed IS 'the states since `since` have been looked at; from then on commits tell';
GRANT UPDATE (is_followed) ON window_rule TO virtaama_ingest;
CREATE POLICY ingest_follows ON window_rule FOR UPDATE TO virtaama_ingest USING (true) WITH CHECK (true);
