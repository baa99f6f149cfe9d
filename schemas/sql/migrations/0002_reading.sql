-- What was measured: readings, their rollups, the newest value of each point, and what could not be stored.

CREATE TABLE reading (
    point_id    int NOT NULL,
    ts          timestamptz NOT NULL,
    value       float8,
    status      smallint NOT NULL,
    qc          smallint NOT NULL CHECK (qc IN (1, 2, 3, 4, 9)),
    checks      int NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (point_id, ts)
);
SELECT create_hypertable('reading', by_range('ts', INTERVAL '1 day'), create_default_indexes => false);
COMMENT ON COLUMN reading.status IS 'upper 16 bits of the OPC UA status code that the source sent';
COMMENT ON COLUMN reading.qc IS 'QARTOD verdict: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing';
COMMENT ON COLUMN reading.checks IS 'bit mask of the checks that fired, see schemas/quality.py';

-- Rollups are written in the same transaction as the readings, so they are exact at every commit.
-- n counts all readings, n_used those with a value and qc <> 4, n_good those with qc <= 2.
-- sum, min, max, first and last are over the used ones, sum_good over the good ones.
CREATE TABLE rollup_1m (
    point_id int NOT NULL,
    bucket   timestamptz NOT NULL,
    n        int NOT NULL,
    n_used   int NOT NULL,
    n_good   int NOT NULL,
    sum      float8 NOT NULL,
    sum_good float8 NOT NULL,
    min      float8,
    max      float8,
    first    float8,
    first_ts timestamptz,
    last     float8,
    last_ts  timestamptz,
    PRIMARY KEY (point_id, bucket)
);
CREATE TABLE rollup_1h (LIKE rollup_1m INCLUDING ALL);
CREATE TABLE rollup_1d (LIKE rollup_1m INCLUDING ALL);
SELECT create_hypertable('rollup_1m', by_range('bucket', INTERVAL '7 days'), create_default_indexes => false);
SELECT create_hypertable('rollup_1h', by_range('bucket', INTERVAL '90 days'), create_default_indexes => false);
COMMENT ON TABLE rollup_1d IS 'a bucket begins at local midnight of the site';

CREATE TABLE latest (
    point_id    int PRIMARY KEY,
    ts          timestamptz NOT NULL,
    value       float8,
    status      smallint NOT NULL,
    qc          smallint NOT NULL,
    checks      int NOT NULL,
    received_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest        bytea NOT NULL UNIQUE,
    topic         text NOT NULL,
    payload       bytea NOT NULL,
    reason        text NOT NULL,
    detail        text NOT NULL,
    first_seen    timestamptz NOT NULL,
    last_seen     timestamptz NOT NULL,
    count         bigint NOT NULL DEFAULT 1,
    replayed_at   timestamptz
);
CREATE INDEX quarantine_waiting ON quarantine (reason, topic) WHERE replayed_at IS NULL;
COMMENT ON COLUMN quarantine.digest IS 'sha256 of reason, topic and payload: a repeated message is counted, not stored again';
COMMENT ON COLUMN quarantine.first_seen IS 'time of reception; a replay judges bare values and clocks by it';
