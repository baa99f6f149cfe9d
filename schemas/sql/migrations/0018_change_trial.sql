-- A trial made in the app can be changed, and a mistake undone, until it begins. Viewers still only add
-- to tables: what changes a row is a function that looks first who asks, and whether the trial has begun.

-- True for an engineer or administrator and a trial of the app that has not begun.
CREATE FUNCTION visible.may_change_trial(p_trial int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM public.trial t, public.current_viewer v
        WHERE t.trial_id = p_trial AND v.role IN ('engineer', 'administrator')
          AND t.managed_by = 'app' AND t.retired_at IS NULL AND now() < t.starts_at
    );
END;

-- Raises insufficient_privilege unless the viewer may change the trial; else holds it until the end of
-- the transaction, so that two who change it at once do so one after the other.
CREATE FUNCTION hold_trial(p_trial int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM trial WHERE trial_id = p_trial FOR UPDATE;
    IF NOT visible.may_change_trial(p_trial) THEN
        RAISE EXCEPTION 'this trial cannot be changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_trial(int) FROM PUBLIC;

-- Gives a trial other facts and other points. Raises insufficient_privilege for a trial that cannot be
-- changed, foreign_key_violation for a point that the viewer does not see.
CREATE FUNCTION visible.change_trial(
    p_trial int, p_company int, p_name jsonb, p_source_stream text, p_starts_at timestamptz,
    p_ends_at timestamptz, p_embargo_until timestamptz, p_access_until timestamptz, p_points int[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM hold_trial(p_trial);
    UPDATE trial
    SET company_id = p_company, name = p_name, source_stream = p_source_stream,
        starts_at = p_starts_at, ends_at = p_ends_at, embargo_until = p_embargo_until,
        access_until = p_access_until
    WHERE trial_id = p_trial;
    IF EXISTS (SELECT FROM unnest(p_points) point WHERE NOT visible.sees_point(point)) THEN
        RAISE EXCEPTION 'a point of the trial does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    DELETE FROM trial_point WHERE trial_id = p_trial AND point_id <> ALL (p_points);
    INSERT INTO trial_point (trial_id, point_id)
    SELECT p_trial, point FROM unnest(p_points) point ON CONFLICT DO NOTHING;
END
$$;

-- Undoes a trial: nobody sees it any more, and its key is free for another. What the access log says of
-- it stays. Raises insufficient_privilege for a trial that cannot be changed.
CREATE FUNCTION visible.withdraw_trial(p_trial int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM hold_trial(p_trial);
    -- No key has this sign in it.
    UPDATE trial SET retired_at = now(), key = key || '~' || trial_id WHERE trial_id = p_trial;
END
$$;

-- Takes back an invitation. Raises insufficient_privilege for a trial that cannot be changed.
CREATE FUNCTION visible.uninvite(p_trial int, p_account int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM hold_trial(p_trial);
    DELETE FROM trial_guest WHERE trial_id = p_trial AND account_id = p_account;
    RETURN FOUND;
END
$$;

-- Who is let in as a guest: for those who let them in.
CREATE VIEW visible.trial_guest WITH (security_barrier) AS
SELECT g.trial_id, g.account_id, a.login, a.display_name, g.from_at, g.until_at, g.under_embargo
FROM trial_guest g
JOIN account a USING (account_id)
JOIN trial_access t USING (trial_id)
WHERE t.viewer_role IN ('engineer', 'administrator');
GRANT SELECT ON visible.trial_guest TO virtaama_viewer;

REVOKE EXECUTE ON FUNCTION visible.may_change_trial(int), visible.withdraw_trial(int),
    visible.uninvite(int, int), visible.change_trial(
        int, int, jsonb, text, timestamptz, timestamptz, timestamptz, timestamptz, int[]
    ) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.may_change_trial(int), visible.withdraw_trial(int),
    visible.uninvite(int, int), visible.change_trial(
        int, int, jsonb, text, timestamptz, timestamptz, timestamptz, timestamptz, int[]
    ) TO virtaama_viewer;
