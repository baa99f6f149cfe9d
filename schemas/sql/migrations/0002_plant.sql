-- What stands in the plant: sites, lines, points, and the instruments that serve them.
-- Names are {"fi": …, "en": …, "sv": …}. A change of unit, range or instrument is a new dated row.
-- Row-level security is on for every small table: where there is no policy for a role, it has no row.

CREATE TABLE site (
    site_id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key       text NOT NULL UNIQUE,
    name      jsonb NOT NULL,
    time_zone text NOT NULL,
    begins_at timestamptz
);
COMMENT ON COLUMN site.begins_at IS 'nothing was measured before; NULL: nobody has said';

CREATE TABLE line (
    line_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id int NOT NULL REFERENCES site,
    key     text NOT NULL,
    kind    text NOT NULL CHECK (kind IN ('main', 'pilot')),
    name    jsonb NOT NULL,
    UNIQUE (site_id, key)
);

CREATE TABLE point (
    point_id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_id    int NOT NULL REFERENCES line,
    key        text NOT NULL,
    tag        text NOT NULL,
    area       text NOT NULL,
    name       jsonb NOT NULL,
    retired_at timestamptz,
    UNIQUE (line_id, key)
);

CREATE TABLE point_former_name (
    point_id int NOT NULL REFERENCES point,
    until    timestamptz NOT NULL,
    tag      text NOT NULL,
    area     text NOT NULL,
    name     jsonb NOT NULL,
    PRIMARY KEY (point_id, until)
);
COMMENT ON TABLE point_former_name IS 'what a point was called until a moment; its name of today stands in point';

CREATE TABLE point_definition (
    point_id            int NOT NULL REFERENCES point,
    valid_from          timestamptz NOT NULL,
    kind                text NOT NULL
        CHECK (kind IN ('measurement', 'counter', 'state', 'setpoint', 'derived', 'laboratory')),
    unit                text NOT NULL,
    unit_display        text NOT NULL,
    species             text,
    expected_interval_s float8 CHECK (expected_interval_s > 0),
    range_lo            float8,
    range_hi            float8,
    typical_lo          float8,
    typical_hi          float8,
    max_rate_per_h      float8 CHECK (max_rate_per_h > 0),
    verified            boolean NOT NULL,
    states              jsonb,
    note                text,
    PRIMARY KEY (point_id, valid_from),
    CHECK (range_lo < range_hi),
    CHECK (typical_lo <= typical_hi)
);
COMMENT ON COLUMN point_definition.expected_interval_s IS 'NULL: sent on change only';
COMMENT ON COLUMN point_definition.max_rate_per_h
    IS 'the most a counter can count in an hour, in its unit; NULL: taken from its range and readings';
COMMENT ON COLUMN point_definition.verified IS 'false: ranges are examples nobody has checked';

CREATE TABLE instrument (
    instrument_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id       int NOT NULL REFERENCES site,
    key           text NOT NULL,
    provenance    text NOT NULL CHECK (provenance IN ('measured', 'replayed', 'synthetic')),
    description   text NOT NULL,
    UNIQUE (site_id, key)
);

CREATE TABLE assignment (
    point_id      int NOT NULL REFERENCES point,
    valid_from    timestamptz NOT NULL,
    instrument_id int REFERENCES instrument,
    PRIMARY KEY (point_id, valid_from)
);
COMMENT ON COLUMN assignment.instrument_id IS 'NULL: from this moment no instrument is known';

CREATE TABLE topic_mapping (
    site_id    int NOT NULL REFERENCES site,
    key        text NOT NULL,
    definition jsonb NOT NULL,
    PRIMARY KEY (site_id, key)
);

CREATE TABLE limit_set (
    limit_set_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id      int NOT NULL REFERENCES site,
    key          text NOT NULL,
    name         jsonb NOT NULL,
    source       text NOT NULL,
    verified_by  text,
    UNIQUE (site_id, key)
);
COMMENT ON COLUMN limit_set.verified_by IS 'NULL: nobody has verified it; shown as an example';

CREATE TABLE limit_value (
    limit_set_id int NOT NULL REFERENCES limit_set,
    point_id     int NOT NULL REFERENCES point,
    bound        text NOT NULL CHECK (bound IN ('min', 'max')),
    statistic    text NOT NULL
        CHECK (statistic IN ('value', 'daily_mean', 'quarterly_mean', 'annual_mean')),
    valid_from   timestamptz NOT NULL,
    value        float8,
    PRIMARY KEY (limit_set_id, point_id, bound, statistic, valid_from)
);
COMMENT ON COLUMN limit_value.value IS 'in the unit of the point; NULL: withdrawn from this moment';

ALTER TABLE site ENABLE ROW LEVEL SECURITY;
ALTER TABLE line ENABLE ROW LEVEL SECURITY;
ALTER TABLE point ENABLE ROW LEVEL SECURITY;
ALTER TABLE point_former_name ENABLE ROW LEVEL SECURITY;
ALTER TABLE point_definition ENABLE ROW LEVEL SECURITY;
ALTER TABLE instrument ENABLE ROW LEVEL SECURITY;
ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE topic_mapping ENABLE ROW LEVEL SECURITY;
ALTER TABLE limit_set ENABLE ROW LEVEL SECURITY;
ALTER TABLE limit_value ENABLE ROW LEVEL SECURITY;

-- Each point in its newest definition and with its instrument of today.
CREATE VIEW point_current AS
SELECT p.point_id, s.key AS site, s.name AS site_name, s.time_zone, l.key AS line, l.kind AS line_kind,
       l.name AS line_name, p.key, p.tag, p.area, p.name, d.kind, d.unit, d.unit_display,
       d.species, d.expected_interval_s, d.range_lo, d.range_hi, d.typical_lo, d.typical_hi,
       d.verified, d.states, d.note, i.key AS instrument, i.provenance,
       i.description AS instrument_description
FROM point p
JOIN line l USING (line_id)
JOIN site s USING (site_id)
JOIN LATERAL (
    SELECT * FROM point_definition d
    WHERE d.point_id = p.point_id ORDER BY d.valid_from DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT * FROM assignment a
    WHERE a.point_id = p.point_id ORDER BY a.valid_from DESC LIMIT 1
) a ON true
LEFT JOIN instrument i ON i.instrument_id = a.instrument_id
WHERE p.retired_at IS NULL;

GRANT SELECT ON site, line, point, point_definition, point_current, topic_mapping TO virtaama_ingest;
CREATE POLICY ingest ON site FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON line FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON point FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON point_definition FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON topic_mapping FOR SELECT TO virtaama_ingest USING (true);
