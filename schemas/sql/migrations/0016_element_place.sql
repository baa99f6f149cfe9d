-- Assets and streams stand in the order of the site file. The order is no history: it is that of the last load.

ALTER TABLE element ADD COLUMN place int NOT NULL DEFAULT 0;
COMMENT ON COLUMN element.place IS 'its number among the assets and streams of the site file, from 0';

-- As before, with its place among those that the viewer sees: a number of all would tell how many there are.
CREATE OR REPLACE VIEW visible.element WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM element_window),
     last AS MATERIALIZED (SELECT element_id, max(granted_to) AS until FROM seen GROUP BY element_id)
SELECT d.element_id, s.key AS site, e.key, d.kind, d.name, l.key AS line, d.valid_from,
       CASE WHEN d.valid_to < last.until THEN d.valid_to ELSE 'infinity' END AS valid_to,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.within_id) AS within,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.from_id) AS source,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.to_id) AS target,
       dense_rank() OVER (PARTITION BY s.site_id ORDER BY e.place, e.element_id) AS place
FROM (
    SELECT d.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY element_id ORDER BY valid_from) AS valid_to
    FROM element_definition d
) d
JOIN last USING (element_id)
JOIN element e USING (element_id)
JOIN site s USING (site_id)
JOIN line l USING (line_id)
WHERE EXISTS (
    SELECT FROM seen g
    WHERE g.element_id = d.element_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);
