-- What the plant consists of and what its points mean there: assets and streams, which are elements, their
-- properties, and the roles of points. All of it is dated and only ever added to; NULL says that it is gone.

CREATE TABLE element (
    element_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id    int NOT NULL REFERENCES site,
    key        text NOT NULL,
    UNIQUE (site_id, key)
);
COMMENT ON TABLE element IS 'an asset, or a stream between assets; its kind says which';

CREATE TABLE element_definition (
    element_id int NOT NULL REFERENCES element,
    valid_from timestamptz NOT NULL,
    kind       text,
    name       jsonb,
    line_id    int REFERENCES line,
    within_id  int REFERENCES element,
    from_id    int REFERENCES element,
    to_id      int REFERENCES element,
    PRIMARY KEY (element_id, valid_from),
    CHECK (num_nulls(kind, name, line_id) IN (0, 3))
);
COMMENT ON COLUMN element_definition.kind IS 'a kind of the catalogue; NULL: gone from the site file';
COMMENT ON COLUMN element_definition.from_id IS 'of a stream: where it comes from; NULL: from outside';
COMMENT ON COLUMN element_definition.to_id IS 'of a stream: where it leads; NULL: to the outside';

CREATE TABLE element_property (
    element_id int NOT NULL REFERENCES element,
    property   text NOT NULL,
    valid_from timestamptz NOT NULL,
    value      float8,
    unit       text,
    PRIMARY KEY (element_id, property, valid_from),
    CHECK (num_nulls(value, unit) IN (0, 2))
);

CREATE TABLE point_role (
    point_id   int NOT NULL REFERENCES point,
    valid_from timestamptz NOT NULL,
    element_id int REFERENCES element,
    role       text,
    PRIMARY KEY (point_id, valid_from),
    CHECK (num_nulls(element_id, role) IN (0, 2))
);
CREATE INDEX ON point_role (element_id);

ALTER TABLE element ENABLE ROW LEVEL SECURITY;
ALTER TABLE element_definition ENABLE ROW LEVEL SECURITY;
ALTER TABLE element_property ENABLE ROW LEVEL SECURITY;
ALTER TABLE point_role ENABLE ROW LEVEL SECURITY;

CREATE VIEW point_role_period AS
SELECT point_id, element_id, role, valid_from, valid_to
FROM (
    SELECT r.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from) AS valid_to
    FROM point_role r
) r
WHERE element_id IS NOT NULL;

-- When the transaction's viewer may see an element: while a point of its own has a role there. Who sees all
-- sees those without points, too.
CREATE VIEW element_window AS
SELECT r.element_id, greatest(r.valid_from, g.granted_from) AS granted_from,
       least(r.valid_to, g.granted_to) AS granted_to
FROM point_role_period r
JOIN point_window g ON g.point_id = r.point_id AND r.valid_from < g.granted_to AND r.valid_to > g.granted_from
UNION ALL
SELECT e.element_id, '-infinity', 'infinity'
FROM element e, current_viewer v
WHERE v.sees_all;

-- What contains an element, and where it leads, is told to those who may see that, too.
CREATE VIEW visible.element WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM element_window),
     last AS MATERIALIZED (SELECT element_id, max(granted_to) AS until FROM seen GROUP BY element_id)
SELECT d.element_id, s.key AS site, e.key, d.kind, d.name, l.key AS line, d.valid_from,
       CASE WHEN d.valid_to < last.until THEN d.valid_to ELSE 'infinity' END AS valid_to,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.within_id) AS within,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.from_id) AS source,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.to_id) AS target
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

CREATE VIEW visible.element_property WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM element_window),
     last AS MATERIALIZED (SELECT element_id, max(granted_to) AS until FROM seen GROUP BY element_id)
SELECT p.element_id, p.property, p.value, p.unit, p.valid_from,
       CASE WHEN p.valid_to < last.until THEN p.valid_to ELSE 'infinity' END AS valid_to
FROM (
    SELECT p.*, lead(valid_from, 1, 'infinity')
        OVER (PARTITION BY element_id, property ORDER BY valid_from) AS valid_to
    FROM element_property p
) p
JOIN last USING (element_id)
WHERE p.value IS NOT NULL AND EXISTS (
    SELECT FROM seen g
    WHERE g.element_id = p.element_id AND p.valid_from < g.granted_to AND p.valid_to > g.granted_from
);

CREATE VIEW visible.point_role WITH (security_barrier) AS
SELECT r.point_id, r.element_id, r.role, r.valid_from,
       CASE WHEN r.valid_to < w.until THEN r.valid_to ELSE 'infinity' END AS valid_to
FROM point_role_period r
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = r.point_id AND r.valid_from < g.granted_to AND r.valid_to > g.granted_from
);

GRANT SELECT ON visible.element, visible.element_property, visible.point_role TO virtaama_viewer;
