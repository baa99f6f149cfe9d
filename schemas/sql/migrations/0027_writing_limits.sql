-- What people write about a trial is bounded, can be taken back, and is read page by page.
-- Nothing is deleted: what was taken back stays, with who did it and why.

ALTER TABLE note ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;
ALTER TABLE trial_entry ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;
COMMENT ON COLUMN note.public_id IS 'what pages call it; a number would tell how much others write';
COMMENT ON COLUMN trial_entry.public_id IS 'what pages call it; a number would tell how much others write';
GRANT INSERT (public_id) ON note, trial_entry TO virtaama_viewer;

DROP INDEX note_trial;
CREATE INDEX note_time ON note (trial_id, from_at, note_id) WHERE trial_id IS NOT NULL;
CREATE INDEX note_replaces ON note (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX note_author ON note (account_id, written_at);
CREATE INDEX trial_entry_time ON trial_entry (trial_id, from_at, entry_id);
CREATE INDEX trial_entry_replaces ON trial_entry (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX trial_entry_author ON trial_entry (account_id, written_at);
CREATE INDEX access_log_device ON access_log (device_id, at) WHERE device_id IS NOT NULL;

CREATE TABLE withdrawal (
    note_id    int UNIQUE REFERENCES note,
    entry_id   int UNIQUE REFERENCES trial_entry,
    reason     text NOT NULL CHECK (length(reason) <= 200),
    account_id int NOT NULL REFERENCES account,
    written_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(note_id, entry_id) = 1)
);
COMMENT ON TABLE withdrawal IS 'notes and entries that do not count any more; what they had replaced counts again';
COMMENT ON COLUMN withdrawal.reason IS 'empty: its author undid it at once';
ALTER TABLE withdrawal ENABLE ROW LEVEL SECURITY;
CREATE TRIGGER announce AFTER INSERT ON withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();

-- As before; an end that was withdrawn is none, and one that it had moved is where it was.
CREATE OR REPLACE VIEW trial_now AS
SELECT t.trial_id, t.line_id, t.company_id, t.key, t.name, t.source_stream, t.starts_at,
       greatest(least(t.ends_at, e.ended_at), t.starts_at) AS ends_at,
       least(coalesce(t.access_until, least(t.ends_at, e.ended_at)), e.revoked_at) AS access_until,
       coalesce(e.revoked_at, 'infinity') AS revoked_at,
       coalesce(t.embargo_until, '-infinity') AS embargo_until, t.verified
FROM trial t
LEFT JOIN LATERAL (
    SELECT min(from_at) FILTER (WHERE kind = 'end') AS ended_at,
           min(from_at) FILTER (WHERE kind = 'revoke') AS revoked_at
    FROM trial_entry e
    WHERE e.trial_id = t.trial_id AND e.kind IN ('end', 'revoke')
      AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.entry_id = e.entry_id)
      AND NOT EXISTS (
          SELECT FROM trial_entry later
          WHERE later.replaces = e.entry_id
            AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.entry_id = later.entry_id)
      )
) e ON true
WHERE t.retired_at IS NULL;

CREATE OR REPLACE VIEW visible.trial_entry WITH (security_barrier) AS
SELECT e.entry_id, e.trial_id, e.kind, e.title, e.body, e.from_at, e.to_at, e.replaces, s.replaced,
       a.display_name AS author, a.role AS author_role, e.account_id = v.account_id AS own,
       e.written_at, e.public_id, w.written_at AS withdrawn_at, wa.display_name AS withdrawn_by,
       w.reason AS withdrawal_reason,
       w.entry_id IS NULL AND NOT s.replaced
           AND CASE WHEN e.kind IN ('end', 'revoke')
                    THEN v.role = 'administrator' OR (v.role = 'engineer' AND e.account_id = v.account_id)
                    ELSE v.role = 'administrator'
                         OR (v.role <> 'guest' AND coalesce(e.account_id = v.account_id, false)) END
           AS may_withdraw
FROM trial_access t
JOIN trial_entry e USING (trial_id)
JOIN account a USING (account_id)
CROSS JOIN current_viewer v
LEFT JOIN withdrawal w ON w.entry_id = e.entry_id
LEFT JOIN account wa ON wa.account_id = w.account_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM trial_entry r
        WHERE r.replaces = e.entry_id
          AND NOT EXISTS (SELECT FROM withdrawal u WHERE u.entry_id = r.entry_id)
    ) AS replaced
) s;

CREATE OR REPLACE VIEW visible.note WITH (security_barrier) AS
SELECT n.note_id, n.trial_id, n.point_id, n.from_at, n.to_at, n.body, n.replaces, s.replaced,
       a.display_name AS author, a.role AS author_role, n.account_id = v.account_id AS own,
       n.written_at, n.public_id, w.written_at AS withdrawn_at, wa.display_name AS withdrawn_by,
       w.reason AS withdrawal_reason,
       w.note_id IS NULL AND NOT s.replaced
           AND (v.role = 'administrator'
                OR (v.role <> 'guest' AND coalesce(n.account_id = v.account_id, false)))
           AS may_withdraw
FROM note n
JOIN account a USING (account_id)
CROSS JOIN current_viewer v
LEFT JOIN withdrawal w ON w.note_id = n.note_id
LEFT JOIN account wa ON wa.account_id = w.account_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM note r
        WHERE r.replaces = n.note_id
          AND NOT EXISTS (SELECT FROM withdrawal u WHERE u.note_id = r.note_id)
    ) AS replaced
) s
WHERE n.trial_id IN (SELECT trial_id FROM trial_access) OR (n.trial_id IS NULL AND v.sees_all);

-- Notes and entries in one form, for pages that list them and for what is done with one of them.
CREATE VIEW visible.trial_writing WITH (security_barrier) AS
SELECT 'note' AS list, note_id AS number, public_id, trial_id, NULL AS kind, '' AS title, body,
       point_id, from_at, to_at, replaced, author, own, written_at, withdrawn_at, withdrawn_by,
       withdrawal_reason, may_withdraw
FROM visible.note WHERE trial_id IS NOT NULL
UNION ALL
SELECT 'entry', entry_id, public_id, trial_id, kind, title, body, NULL, from_at, to_at, replaced,
       author, own, written_at, withdrawn_at, withdrawn_by, withdrawal_reason, may_withdraw
FROM visible.trial_entry;
GRANT SELECT ON visible.trial_writing TO virtaama_viewer;

-- Its author may undo it without a reason for ten minutes; later it takes one.
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
