-- A trial's number stands in its address. Counted up, it would tell each company how many trials others have; so
-- it is drawn. Trials that are there keep theirs.

CREATE FUNCTION visible.drawn_trial_id() RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    drawn int;
BEGIN
    LOOP
        drawn := 100000000 + floor(random() * 900000000)::int;
        EXIT WHEN NOT EXISTS (SELECT FROM trial WHERE trial_id = drawn);
    END LOOP;
    RETURN drawn;
END
$$;
COMMENT ON FUNCTION visible.drawn_trial_id IS 'nine digits that no trial has';
REVOKE EXECUTE ON FUNCTION visible.drawn_trial_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.drawn_trial_id() TO virtaama_viewer;

ALTER TABLE trial ALTER COLUMN trial_id DROP IDENTITY;
ALTER TABLE trial ALTER COLUMN trial_id SET DEFAULT visible.drawn_trial_id();
