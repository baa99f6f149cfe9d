-- What only TimescaleDB's community edition has, applied after the migrations and safe to repeat.
-- A chunk of readings goes to the columnstore a week after its end, one of rollups a month after: until then
-- late rows are cheapest. Nothing is ever dropped.

ALTER TABLE reading SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'point_id', timescaledb.orderby = 'ts'
);
ALTER TABLE rollup_5m SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'point_id', timescaledb.orderby = 'bucket'
);
ALTER TABLE rollup_1h SET (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'point_id', timescaledb.orderby = 'bucket'
);
CALL add_columnstore_policy('reading', after => INTERVAL '7 days', if_not_exists => true);
CALL add_columnstore_policy('rollup_5m', after => INTERVAL '30 days', if_not_exists => true);
CALL add_columnstore_policy('rollup_1h', after => INTERVAL '30 days', if_not_exists => true);
SELECT remove_retention_policy('reading', if_exists => true);
