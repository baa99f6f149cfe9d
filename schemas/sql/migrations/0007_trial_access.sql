-- What belongs to a trial beside its points, and who the viewer of a transaction is.
-- Everything here is only ever added to: a correction is a row that replaces another one.

ALTER TABLE trial ADD COLUMN access_until timestamptz CHECK (access_until >= ends_at);
ALTER TABLE trial ADD COLUMN managed_by text NOT NULL DEFAULT 'site_file'
    CHECK (managed_by IN ('site_file', 'app'));
COMMENT ON COLUMN trial.access_until IS 'until then the company may read its data; NULL: until ends_at';

CREATE TABLE trial_entry (
    entry_id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trial_id   int NOT NULL REFERENCES trial,
    kind       text NOT NULL
        CHECK (kind IN ('protocol', 'phase', 'batch', 'log', 'end', 'revoke')),
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body       text NOT NULL DEFAULT '' CHECK (length(body) <= 20000),
    from_at    timestamptz NOT NULL,
    to_at      timestamptz CHECK (to_at > from_at),
    replaces   int REFERENCES trial_entry,
    account_id int NOT NULL REFERENCES account,
    written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trial_entry_trial ON trial_entry (trial_id, kind);
COMMENT ON COLUMN trial_entry.kind IS
    'end: no data from from_at on; revoke: no access from from_at on, whatever was agreed';

CREATE TABLE trial_guest (
    trial_id      int NOT NULL REFERENCES trial,
    account_id    int NOT NULL REFERENCES account,
    from_at       timestamptz NOT NULL DEFAULT now(),
    until_at      timestamptz NOT NULL,
    under_embargo boolean NOT NULL DEFAULT false,
    PRIMARY KEY (trial_id, account_id),
    CHECK (from_at < until_at)
);
COMMENT ON COLUMN trial_guest.under_embargo IS 'the company lets this guest in before its embargo ends';

CREATE TABLE note (
    note_id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trial_id   int REFERENCES trial,
    point_id   int REFERENCES point,
    from_at    timestamptz NOT NULL,
    to_at      timestamptz CHECK (to_at > from_at),
    body       text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    replaces   int REFERENCES note,
    account_id int NOT NULL REFERENCES account,
    written_at timestamptz NOT NULL DEFAULT now(),
    CHECK (trial_id IS NOT NULL OR point_id IS NOT NULL)
);
CREATE INDEX note_trial ON note (trial_id) WHERE trial_id IS NOT NULL;
CREATE INDEX note_point ON note (point_id) WHERE point_id IS NOT NULL;
COMMENT ON COLUMN note.trial_id IS 'NULL: a note of the plant, which only its staff sees';

-- The viewer of this transaction: one row, or none. `account:<id>` and `device:<id>` are what a living
-- session or token stands for; `operator` is the program itself, reading for its own snapshot the points
-- that `point_grant` gives it. A disabled account, or one whose first password was not changed yet, is nobody.
CREATE VIEW current_viewer AS
SELECT a.account_id, NULL::int AS device_id, a.role, a.company_id,
       a.role IN ('operator', 'engineer', 'administrator') AS sees_all
FROM account a
WHERE a.account_id =
      substring(current_setting('virtaama.viewer', true) FROM '^account:([0-9]{1,9})$')::int
  AND a.disabled_at IS NULL AND NOT a.must_change_password
UNION ALL
SELECT NULL, d.device_id, d.role, NULL, d.role = 'control_room'
FROM device_token d
WHERE d.device_id =
      substring(current_setting('virtaama.viewer', true) FROM '^device:([0-9]{1,9})$')::int
  AND d.revoked_at IS NULL AND now() < d.expires_at
UNION ALL
SELECT NULL, NULL, 'operator', NULL, true
FROM viewer v
WHERE v.viewer = 'operator' AND current_setting('virtaama.viewer', true) = 'operator';

-- A trial as its dates and its journal make it now.
CREATE VIEW trial_now AS
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
      AND NOT EXISTS (SELECT FROM trial_entry later WHERE later.replaces = e.entry_id)
) e ON true
WHERE t.retired_at IS NULL;

-- The trials that the viewer may see at this moment. Staff sees all; a company its own, from the first
-- moment to the last; a guest those it was named for, and not under embargo unless the company says so.
CREATE VIEW trial_access AS
SELECT t.*, v.sees_all, v.role AS viewer_role
FROM trial_now t, current_viewer v
WHERE v.sees_all
   OR (v.role = 'company_member' AND v.company_id = t.company_id
       AND now() >= t.starts_at AND now() < t.access_until)
   OR (v.role = 'guest' AND EXISTS (
       SELECT FROM trial_guest g
       WHERE g.trial_id = t.trial_id AND g.account_id = v.account_id
         AND now() >= greatest(g.from_at, t.starts_at) AND now() < least(g.until_at, t.revoked_at)
         AND (g.under_embargo OR now() >= t.embargo_until)
   ));

-- What the viewer may see of points: windows that never overlap, so that a join with them repeats nothing.
CREATE VIEW point_window AS
SELECT point_id, lower(w) AS granted_from, upper(w) AS granted_to
FROM (
    SELECT point_id, unnest(range_agg(tstzrange(granted_from, granted_to))) AS w
    FROM (
        SELECT p.point_id, '-infinity'::timestamptz AS granted_from, 'infinity'::timestamptz AS granted_to
        FROM point p, current_viewer v
        WHERE v.sees_all AND num_nonnulls(v.account_id, v.device_id) = 1
        UNION ALL
        SELECT tp.point_id, t.starts_at, t.ends_at
        FROM trial_access t JOIN trial_point tp USING (trial_id)
        WHERE NOT t.sees_all AND t.starts_at < t.ends_at
        UNION ALL
        SELECT p.point_id, '-infinity', 'infinity'
        FROM point p JOIN line l USING (line_id), current_viewer v
        WHERE v.role = 'lobby' AND l.kind = 'main'
        UNION ALL
        SELECT g.point_id, g.granted_from, g.granted_to
        FROM point_grant g
        WHERE g.viewer = current_setting('virtaama.viewer', true)
    ) granted
    GROUP BY point_id
) merged;

-- Whoever shows something to people learns at once that somebody's rights may have changed.
CREATE FUNCTION announce_access() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('virtaama_access', '');
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION announce_access() FROM PUBLIC;
CREATE TRIGGER announce AFTER UPDATE OF role, company_id, disabled_at, must_change_password ON account
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER UPDATE OF revoked_at ON account_session
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER UPDATE OF revoked_at, expires_at ON device_token
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trial
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trial_point
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trial_guest
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER INSERT ON trial_entry
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
