-- What the checks of a point go by, and who may change a verdict when neighbours come late.

ALTER TABLE point_definition ADD COLUMN checks jsonb;
COMMENT ON COLUMN point_definition.checks IS 'a CheckRule (schemas/check_rule.py), thresholds in the unit; NULL: ranges only';

-- A verdict depends on the readings around one. A connection of ingest knows the newest readings of the points
-- that it writes, as long as it is the only one to write them: `latest` says who was last.
ALTER TABLE latest ADD COLUMN writer bigint;
COMMENT ON COLUMN latest.writer IS 'which connection of ingest wrote the point last';

CREATE FUNCTION refuse_other_writer(is_other boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF is_other THEN
        RAISE EXCEPTION 'another connection has written these points' USING ERRCODE = 'VT001';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION refuse_other_writer FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refuse_other_writer TO virtaama_ingest;

-- A value never changes; what is thought of it may.
GRANT UPDATE (qc, checks) ON reading TO virtaama_ingest;
