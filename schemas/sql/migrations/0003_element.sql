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
