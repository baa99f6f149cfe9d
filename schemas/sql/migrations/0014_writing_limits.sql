-- How much a viewer may write. What people write about a trial is bounded, and nothing is deleted: what was taken
-- back stays, with who did it and why.

-- The dashboard names its limits for its transaction; nobody's are above these.
CREATE FUNCTION limit_of(p_name text) RETURNS int
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT least(coalesce(nullif(current_setting('virtaama.' || p_name, true), '')::int, c.ceiling), c.ceiling)
    FROM (VALUES ('note_characters', 4000), ('entry_characters', 20000), ('entries_per_hour', 1000),
                 ('entries_per_trial', 50000), ('entry_bytes_per_trial', 50000000),
                 ('actions_per_hour', 10000)) c (name, ceiling)
    WHERE c.name = p_name;
END;
REVOKE EXECUTE ON FUNCTION limit_of(text) FROM PUBLIC;

-- Raises configuration_limit_exceeded with the name of the limit as its constraint if p_wanted is more.
CREATE FUNCTION hold_limit(p_name text, p_wanted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF p_wanted > limit_of(p_name) THEN
        RAISE EXCEPTION 'more than % allows', p_name USING ERRCODE = 'configuration_limit_exceeded',
            CONSTRAINT = p_name, DETAIL = limit_of(p_name)::text;
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_limit(text, bigint) FROM PUBLIC;

-- Whoever writes next in the same place waits until this transaction is over, and then counts it.
CREATE FUNCTION hold_place(p_trial int) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT pg_advisory_xact_lock(hashtext('virtaama.writing.trial'), coalesce(p_trial, 0));
END;
REVOKE EXECUTE ON FUNCTION hold_place(int) FROM PUBLIC;

-- Counts what an account wrote in an hour; and in a trial what the company and its guests wrote, or else
-- the plant's staff: neither fills the other's share. A note of the plant is counted with those of its line.
CREATE FUNCTION hold_writing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    is_staff boolean;
    written record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('virtaama.writing.account'), NEW.account_id);
    PERFORM hold_place(NEW.trial_id);
    PERFORM hold_limit(
        CASE TG_TABLE_NAME WHEN 'note' THEN 'note_characters' ELSE 'entry_characters' END,
        length(NEW.body)
    );
    PERFORM hold_limit('entries_per_hour', (
        SELECT count(*) FROM (
            SELECT FROM note
            WHERE account_id = NEW.account_id AND written_at > now() - INTERVAL '1 hour'
            UNION ALL
            SELECT FROM trial_entry
            WHERE account_id = NEW.account_id AND written_at > now() - INTERVAL '1 hour'
              AND kind NOT IN ('end', 'revoke')
        ) recent
    ));
    IF NEW.trial_id IS NULL THEN
        SELECT count(*) AS entries, coalesce(sum(octet_length(n.body)), 0) AS bytes INTO written
        FROM note n JOIN point p USING (point_id)
        WHERE n.trial_id IS NULL AND p.line_id = (SELECT line_id FROM point WHERE point_id = NEW.point_id);
    ELSE
        SELECT a.company_id IS NULL INTO is_staff FROM account a WHERE a.account_id = NEW.account_id;
        SELECT count(*) AS entries, coalesce(sum(bytes), 0) AS bytes INTO written
        FROM (
            SELECT account_id, octet_length(body) AS bytes FROM note WHERE trial_id = NEW.trial_id
            UNION ALL
            SELECT account_id, octet_length(title) + octet_length(body)
            FROM trial_entry WHERE trial_id = NEW.trial_id
        ) w
        JOIN account a USING (account_id)
        WHERE (a.company_id IS NULL) = is_staff;
    END IF;
    PERFORM hold_limit('entries_per_trial', written.entries);
    PERFORM hold_limit('entry_bytes_per_trial', written.bytes);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_writing() FROM PUBLIC;
-- Only for those whom row-level security binds: whoever restores a database is not held up. What ends a
-- trial or access to it is always taken.
CREATE TRIGGER bounded AFTER INSERT ON note FOR EACH ROW
    WHEN (row_security_active('public.note')) EXECUTE FUNCTION hold_writing();
CREATE TRIGGER bounded AFTER INSERT ON trial_entry FOR EACH ROW
    WHEN (row_security_active('public.trial_entry') AND NEW.kind NOT IN ('end', 'revoke'))
    EXECUTE FUNCTION hold_writing();

-- Only what still counts is replaced or withdrawn, also when two do so at once. Raises
-- object_not_in_prerequisite_state.
CREATE FUNCTION hold_succession() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    is_over boolean;
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'note' THEN
        PERFORM hold_place(NEW.trial_id);
        is_over := EXISTS (SELECT FROM withdrawal WHERE note_id = NEW.replaces) OR EXISTS (
            SELECT FROM note r
            WHERE r.replaces = NEW.replaces AND r.note_id <> NEW.note_id
              AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.note_id = r.note_id)
        );
    WHEN 'trial_entry' THEN
        PERFORM hold_place(NEW.trial_id);
        is_over := EXISTS (SELECT FROM withdrawal WHERE entry_id = NEW.replaces) OR EXISTS (
            SELECT FROM trial_entry r
            WHERE r.replaces = NEW.replaces AND r.entry_id <> NEW.entry_id
              AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.entry_id = r.entry_id)
        );
    ELSE
        PERFORM hold_place(coalesce(
            (SELECT trial_id FROM note WHERE note_id = NEW.note_id),
            (SELECT trial_id FROM trial_entry WHERE entry_id = NEW.entry_id)
        ));
        is_over := EXISTS (
            SELECT FROM note r
            WHERE r.replaces = NEW.note_id
              AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.note_id = r.note_id)
        ) OR EXISTS (
            SELECT FROM trial_entry r
            WHERE r.replaces = NEW.entry_id
              AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.entry_id = r.entry_id)
        );
    END CASE;
    IF is_over THEN
        RAISE EXCEPTION 'it was corrected or withdrawn'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_succession() FROM PUBLIC;
-- Its name sorts after `bounded`: triggers run in order of their names, and locks are taken in one order.
CREATE TRIGGER succeeds AFTER INSERT ON note FOR EACH ROW
    WHEN (NEW.replaces IS NOT NULL) EXECUTE FUNCTION hold_succession();
CREATE TRIGGER succeeds AFTER INSERT ON trial_entry FOR EACH ROW
    WHEN (NEW.replaces IS NOT NULL) EXECUTE FUNCTION hold_succession();
CREATE TRIGGER succeeds AFTER INSERT ON withdrawal FOR EACH ROW EXECUTE FUNCTION hold_succession();

-- All that a viewer does is in the access log in the same transaction, so that a bound for its lines bounds
-- all of it. What signing in writes is no viewer's, and bounded by the limits of guessing.
CREATE FUNCTION hold_actions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM hold_limit('actions_per_hour', CASE WHEN NEW.device_id IS NULL
        THEN (SELECT count(*) FROM access_log
              WHERE account_id = NEW.account_id AND at > now() - INTERVAL '1 hour'
                AND action <> 'sign_in_failed')  -- which strangers can do
        ELSE (SELECT count(*) FROM access_log
              WHERE device_id = NEW.device_id AND at > now() - INTERVAL '1 hour') END);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_actions() FROM PUBLIC;
CREATE TRIGGER bounded AFTER INSERT ON access_log FOR EACH ROW
    WHEN (row_security_active('public.access_log')) EXECUTE FUNCTION hold_actions();
