-- What a viewer may add, row by row, and what it may change. Columns say what may be given; time and number come
-- from the database. What changes a row is a function that looks first who asks, and whether the trial has begun.

-- What policies ask. They run as the viewer, who has no right to look for itself.
CREATE FUNCTION visible.account_id() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT account_id FROM public.current_viewer; END;

CREATE FUNCTION visible.device_id() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT device_id FROM public.current_viewer; END;

CREATE FUNCTION visible.role() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT role FROM public.current_viewer; END;

CREATE FUNCTION visible.sees_trial(trial int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT EXISTS (SELECT FROM public.trial_access WHERE trial_id = trial); END;

CREATE FUNCTION visible.sees_point(point int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT EXISTS (SELECT FROM public.point_window WHERE point_id = point); END;

-- Notes: of the plant by its staff, of a trial by those who see it and are no guests.
GRANT INSERT (public_id, trial_id, point_id, from_at, to_at, body, replaces, account_id) ON note TO virtaama_viewer;
CREATE POLICY written_by_viewer ON note FOR INSERT TO virtaama_viewer WITH CHECK (
    account_id = visible.account_id()
    AND CASE WHEN trial_id IS NULL THEN visible.role() IN ('operator', 'engineer', 'administrator')
             ELSE visible.role() <> 'guest' AND visible.sees_trial(trial_id) END
    AND (point_id IS NULL OR visible.sees_point(point_id))
    AND (replaces IS NULL OR EXISTS (
        SELECT FROM visible.note n WHERE n.note_id = note.replaces AND n.own
          AND n.trial_id IS NOT DISTINCT FROM note.trial_id
    ))
);

-- Entries: what ends a trial or access to it is written by an engineer.
GRANT INSERT (public_id, trial_id, kind, title, body, from_at, to_at, replaces, account_id)
    ON trial_entry TO virtaama_viewer;
CREATE POLICY written_by_viewer ON trial_entry FOR INSERT TO virtaama_viewer WITH CHECK (
    account_id = visible.account_id()
    AND visible.sees_trial(trial_id)
    AND CASE WHEN kind IN ('end', 'revoke') THEN visible.role() IN ('engineer', 'administrator')
             ELSE visible.role() <> 'guest' END
    AND (replaces IS NULL OR EXISTS (
        SELECT FROM visible.trial_entry e
        WHERE e.entry_id = trial_entry.replaces AND e.trial_id = trial_entry.trial_id
          AND e.kind = trial_entry.kind
          AND (e.own OR visible.role() IN ('engineer', 'administrator'))
    ))
);

-- A withdrawal: its author may undo it without a reason for ten minutes; later it takes one.
GRANT INSERT (note_id, entry_id, reason, account_id) ON withdrawal TO virtaama_viewer;
CREATE POLICY written_by_viewer ON withdrawal FOR INSERT TO virtaama_viewer WITH CHECK (
    account_id = visible.account_id()
    AND EXISTS (
        SELECT FROM visible.trial_writing t
        WHERE t.list = CASE WHEN withdrawal.note_id IS NULL THEN 'entry' ELSE 'note' END
          AND t.number = coalesce(withdrawal.note_id, withdrawal.entry_id)
          AND t.may_withdraw
          AND (withdrawal.reason <> '' OR (t.own AND t.written_at > now() - INTERVAL '10 minutes'))
    )
);

-- Trials are made by an engineer.
GRANT INSERT (line_id, company_id, key, name, source_stream, starts_at, ends_at, embargo_until,
              access_until, verified, managed_by) ON trial TO virtaama_viewer;
CREATE POLICY made_by_engineer ON trial FOR INSERT TO virtaama_viewer WITH CHECK (
    managed_by = 'app' AND visible.role() IN ('engineer', 'administrator')
);
GRANT INSERT ON trial_point, trial_guest TO virtaama_viewer;
CREATE POLICY made_by_engineer ON trial_point FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IN ('engineer', 'administrator')
);
CREATE POLICY made_by_engineer ON trial_guest FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IN ('engineer', 'administrator')
);

-- The access log: everybody writes what they did themselves.
GRANT INSERT (account_id, device_id, action, object, trial_id, detail, client)
    ON access_log TO virtaama_viewer;
CREATE POLICY written_by_viewer ON access_log FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IS NOT NULL
    AND account_id IS NOT DISTINCT FROM visible.account_id()
    AND device_id IS NOT DISTINCT FROM visible.device_id()
    AND (trial_id IS NULL OR visible.sees_trial(trial_id))
);

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

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA visible FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA visible TO virtaama_viewer;
