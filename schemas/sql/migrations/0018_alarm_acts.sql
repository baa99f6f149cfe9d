-- What people do with alarms: each is a function that looks first who asks and how the alarm stands, and leaves
-- an act for the process that moves alarms.

-- Raises insufficient_privilege unless the viewer is of the staff that answers alarms, and sees this one.
CREATE FUNCTION hold_alarm(p_alarm uuid, p_roles text[]) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := (SELECT v.account_id FROM current_viewer v WHERE v.role = ANY (p_roles));
BEGIN
    IF person IS NULL OR NOT EXISTS (SELECT FROM alarm_window w WHERE w.alarm_id = p_alarm AND w.is_staff) THEN
        RAISE EXCEPTION 'this alarm cannot be answered' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM alarm WHERE alarm_id = p_alarm FOR UPDATE;
    RETURN person;
END
$$;

-- Raises data_exception unless a text says something, in a length that a list can show.
CREATE FUNCTION hold_alarm_text(p_text text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF p_text IS NULL OR btrim(p_text) = '' OR length(p_text) > 1000 THEN
        RAISE EXCEPTION 'a text of 1 to 1000 characters is needed' USING ERRCODE = 'data_exception';
    END IF;
    RETURN btrim(p_text);
END
$$;

-- Raises object_not_in_prerequisite_state unless the alarm is in one of the states, or an act that waits
-- will bring it there.
CREATE FUNCTION hold_alarm_state(p_alarm uuid, p_states text[], p_after text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM alarm_definition_period d LEFT JOIN alarm_state t USING (alarm_id)
        WHERE d.alarm_id = p_alarm AND d.valid_to = 'infinity' AND d.name IS NOT NULL
          AND coalesce(t.state, 'normal') = ANY (p_states)
    ) AND NOT EXISTS (
        SELECT FROM alarm_act k WHERE k.alarm_id = p_alarm AND k.kind = p_after AND k.done_at IS NULL
    ) THEN
        RAISE EXCEPTION 'the alarm is not in a state for this' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_alarm(uuid, text[]), hold_alarm_text(text), hold_alarm_state(uuid, text[], text)
    FROM PUBLIC;

-- Acknowledges occurrences, and the older ones of their alarms; returns how many alarms wait for that. What is
-- acknowledged already, by whomever, is no error. Raises insufficient_privilege.
CREATE FUNCTION visible.acknowledge_alarms(p_occurrences uuid[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    wanted record;
    person int;
    total int := 0;
BEGIN
    IF cardinality(p_occurrences) > 10000 THEN
        RAISE EXCEPTION 'more than 10000 at once' USING ERRCODE = 'data_exception';
    END IF;
    IF (SELECT count(*) FROM alarm_occurrence WHERE occurrence = ANY (p_occurrences))
       < (SELECT count(DISTINCT each) FROM unnest(p_occurrences) each) THEN
        RAISE EXCEPTION 'this alarm cannot be answered' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR wanted IN
        SELECT DISTINCT ON (o.alarm_id) o.alarm_id, o.occurrence
        FROM alarm_occurrence o
        WHERE o.occurrence = ANY (p_occurrences)
        ORDER BY o.alarm_id, o.recorded_at DESC, o.raised_at DESC
    LOOP
        person := hold_alarm(wanted.alarm_id, '{operator,engineer,administrator}');
        INSERT INTO alarm_act (alarm_id, occurrence, kind, account_id)
        SELECT wanted.alarm_id, wanted.occurrence, 'acknowledge', person
        WHERE EXISTS (
            SELECT FROM alarm_occurrence o, alarm_occurrence mine
            WHERE mine.occurrence = wanted.occurrence AND o.alarm_id = wanted.alarm_id
              AND o.recorded_at <= mine.recorded_at AND o.acknowledged_at IS NULL
        ) AND NOT EXISTS (
            SELECT FROM alarm_act k
            WHERE k.occurrence = wanted.occurrence AND k.kind = 'acknowledge' AND k.done_at IS NULL
        );
        IF FOUND THEN
            total := total + 1;
        END IF;
    END LOOP;
    RETURN total;
END
$$;

-- Says something to an alarm; that acknowledges nothing. Raises insufficient_privilege, data_exception,
-- foreign_key_violation for an occurrence of another alarm.
CREATE FUNCTION visible.comment_alarm(p_alarm uuid, p_occurrence uuid, p_comment text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{operator,engineer,administrator}');
BEGIN
    IF p_occurrence IS NOT NULL AND NOT EXISTS (
        SELECT FROM alarm_occurrence o WHERE o.occurrence = p_occurrence AND o.alarm_id = p_alarm
    ) THEN
        RAISE EXCEPTION 'no such occurrence' USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO alarm_act (alarm_id, occurrence, kind, account_id, comment)
    VALUES (p_alarm, p_occurrence, 'comment', person, hold_alarm_text(p_comment));
END
$$;

-- Puts an alarm on the shelf until a moment, seven days from now at most. Raises insufficient_privilege,
-- data_exception, object_not_in_prerequisite_state.
CREATE FUNCTION visible.shelve_alarm(p_alarm uuid, p_until timestamptz, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{operator,engineer,administrator}');
BEGIN
    IF p_until IS NULL OR p_until <= now() OR p_until > now() + INTERVAL '7 days' THEN
        RAISE EXCEPTION 'a shelf ends within seven days' USING ERRCODE = 'data_exception';
    END IF;
    PERFORM hold_alarm_state(p_alarm, '{normal,unacknowledged,acknowledged,returned_unacknowledged,latched_unacknowledged,latched_acknowledged,shelved,suppressed}', NULL);
    INSERT INTO alarm_act (alarm_id, kind, account_id, comment, until)
    VALUES (p_alarm, 'shelve', person, hold_alarm_text(p_reason), p_until);
END
$$;

-- Takes an alarm back from the shelf: acknowledged, as a person has seen it. Raises insufficient_privilege,
-- data_exception, object_not_in_prerequisite_state.
CREATE FUNCTION visible.unshelve_alarm(p_alarm uuid, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{operator,engineer,administrator}');
BEGIN
    PERFORM hold_alarm_state(p_alarm, '{shelved}', 'shelve');
    INSERT INTO alarm_act (alarm_id, kind, account_id, comment)
    VALUES (p_alarm, 'unshelve', person, hold_alarm_text(p_reason));
END
$$;

-- Lets go of a latched alarm whose condition is over. Raises insufficient_privilege,
-- object_not_in_prerequisite_state.
CREATE FUNCTION visible.reset_alarm(p_alarm uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{operator,engineer,administrator}');
BEGIN
    PERFORM hold_alarm_state(p_alarm, '{latched_unacknowledged,latched_acknowledged}', NULL);
    INSERT INTO alarm_act (alarm_id, kind, account_id) VALUES (p_alarm, 'reset', person);
END
$$;

-- Asks to take an alarm out of service; it stays in service until somebody else approves. Raises
-- insufficient_privilege, data_exception, object_not_in_prerequisite_state.
CREATE FUNCTION visible.ask_out_of_service(p_alarm uuid, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{operator,engineer,administrator}');
BEGIN
    PERFORM hold_alarm_state(p_alarm, '{normal,unacknowledged,acknowledged,returned_unacknowledged,latched_unacknowledged,latched_acknowledged,shelved,suppressed}', NULL);
    IF EXISTS (SELECT FROM alarm_act k
               WHERE k.alarm_id = p_alarm AND k.kind = 'ask_out_of_service' AND k.done_at IS NULL) THEN
        RAISE EXCEPTION 'somebody has asked already' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO alarm_act (alarm_id, kind, account_id, comment)
    VALUES (p_alarm, 'ask_out_of_service', person, hold_alarm_text(p_reason));
END
$$;

-- Approves what somebody else has asked. Raises insufficient_privilege, object_not_in_prerequisite_state.
CREATE FUNCTION visible.approve_out_of_service(p_alarm uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{engineer,administrator}');
    asked record;
BEGIN
    SELECT * INTO asked FROM alarm_act k
    WHERE k.alarm_id = p_alarm AND k.kind = 'ask_out_of_service' AND k.done_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody has asked' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF asked.account_id = person THEN
        RAISE EXCEPTION 'somebody else approves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE alarm_act SET done_at = clock_timestamp() WHERE act_id = asked.act_id;
    INSERT INTO alarm_act (alarm_id, kind, account_id, comment)
    VALUES (p_alarm, 'approve_out_of_service', person, asked.comment);
END
$$;

-- Puts an alarm back into service, or takes back a question for the opposite. Raises
-- insufficient_privilege, data_exception, object_not_in_prerequisite_state.
CREATE FUNCTION visible.return_to_service(p_alarm uuid, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{operator,engineer,administrator}');
BEGIN
    PERFORM hold_alarm_text(p_reason);
    UPDATE alarm_act SET done_at = clock_timestamp()
    WHERE alarm_id = p_alarm AND kind = 'ask_out_of_service' AND done_at IS NULL;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM hold_alarm_state(p_alarm, '{out_of_service}', 'approve_out_of_service');
    INSERT INTO alarm_act (alarm_id, kind, account_id, comment)
    VALUES (p_alarm, 'return_to_service', person, btrim(p_reason));
END
$$;

REVOKE EXECUTE ON FUNCTION visible.acknowledge_alarms(uuid[]), visible.comment_alarm(uuid, uuid, text),
    visible.shelve_alarm(uuid, timestamptz, text), visible.unshelve_alarm(uuid, text), visible.reset_alarm(uuid),
    visible.ask_out_of_service(uuid, text), visible.approve_out_of_service(uuid),
    visible.return_to_service(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.acknowledge_alarms(uuid[]), visible.comment_alarm(uuid, uuid, text),
    visible.shelve_alarm(uuid, timestamptz, text), visible.unshelve_alarm(uuid, text), visible.reset_alarm(uuid),
    visible.ask_out_of_service(uuid, text), visible.approve_out_of_service(uuid),
    visible.return_to_service(uuid, text) TO virtaama_viewer;
