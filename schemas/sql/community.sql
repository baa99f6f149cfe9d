-- What only TimescaleDB's community edition has. Applied after the migrations, safe to repeat.
-- Readings older than a week go to the columnstore; raw readings stay ten years, minute rollups as long.

ALTER TABLE reading SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'point_id',
    timescaledb.orderby = 'ts'
);
CALL add_columnstore_policy('reading', after => INTERVAL '7 days', if_not_exists => true);
SELECT add_retention_policy('reading', drop_after => INTERVAL '10 years', if_not_exists => true);
SELECT add_retention_policy('rollup_5m', drop_after => INTERVAL '10 years', if_not_exists => true);
