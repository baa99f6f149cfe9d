-- Who tests what on which line, and which limits apply.

CREATE TABLE company (
    company_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE,
    name       text NOT NULL
);

CREATE TABLE trial (
    trial_id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_id       int NOT NULL REFERENCES line,
    company_id    int NOT NULL REFERENCES company,
    key           text NOT NULL,
    name          jsonb NOT NULL,
    source_stream text NOT NULL
        CHECK (source_stream IN ('raw', 'primary_effluent', 'permeate', 'reject', 'sludge')),
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    embargo_until timestamptz,
    verified      boolean NOT NULL,
    retired_at    timestamptz,
    UNIQUE (line_id, key),
    CHECK (starts_at < ends_at)
);

COMMENT ON COLUMN trial.retired_at IS 'since then it stands in the site file no more';

CREATE TABLE trial_point (
    trial_id int NOT NULL REFERENCES trial,
    point_id int NOT NULL REFERENCES point,
    PRIMARY KEY (trial_id, point_id)
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
