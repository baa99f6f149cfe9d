-- While an act waits for the process, another one of its kind at the same alarm is refused: of two people at once the second
-- is told who was first, and changes nothing of it. Acknowledgements are of an occurrence, and count once by themselves.
CREATE FUNCTION hold_one_act_of_a_kind() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    first text := (SELECT a.display_name FROM alarm_act k JOIN account a USING (account_id)
                   WHERE k.alarm_id = NEW.alarm_id AND k.kind = NEW.kind AND k.done_at IS NULL LIMIT 1);
BEGIN
    IF first IS NOT NULL THEN
        RAISE EXCEPTION 'somebody was faster' USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = first;
    END IF;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_one_act_of_a_kind() FROM PUBLIC;
CREATE TRIGGER one_of_a_kind BEFORE INSERT ON alarm_act FOR EACH ROW
WHEN (NEW.kind NOT IN ('acknowledge', 'comment')) EXECUTE FUNCTION hold_one_act_of_a_kind();
