-- Who the viewer of a transaction is, and what of the plant, when, it may see. The views of schema `visible` ask
-- here and nowhere else.

CREATE TABLE viewer (
    viewer text PRIMARY KEY,
    name   text NOT NULL
);

CREATE TABLE point_grant (
    viewer       text NOT NULL REFERENCES viewer,
    point_id     int NOT NULL REFERENCES point,
    granted_from timestamptz NOT NULL DEFAULT '-infinity',
    granted_to   timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (viewer, point_id),
    CHECK (granted_from < granted_to)
);

ALTER TABLE viewer ENABLE ROW LEVEL SECURITY;
ALTER TABLE point_grant ENABLE ROW LEVEL SECURITY;

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

-- A trial as its dates and its journal make it now: an end that was replaced or withdrawn is none.
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
      AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.entry_id = e.entry_id)
      AND NOT EXISTS (
          SELECT FROM trial_entry later
          WHERE later.replaces = e.entry_id
            AND NOT EXISTS (SELECT FROM withdrawal w WHERE w.entry_id = later.entry_id)
      )
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

-- When the transaction's viewer may see an element: while a point of its own has a role there. Who sees all
-- sees those without points, too.
CREATE VIEW element_window AS
SELECT r.element_id, greatest(r.valid_from, g.granted_from) AS granted_from,
       least(r.valid_to, g.granted_to) AS granted_to
FROM point_role_period r
JOIN point_window g ON g.point_id = r.point_id AND r.valid_from < g.granted_to AND r.valid_to > g.granted_from
UNION ALL
SELECT e.element_id, '-infinity', 'infinity'
FROM element e, current_viewer v
WHERE v.sees_all;

-- Whose points are a trial's own: while it runs, what comes for them comes from its gateway.
CREATE VIEW trial_sender AS
SELECT tp.point_id, t.starts_at, t.ends_at
FROM trial_now t
JOIN trial_point tp USING (trial_id)
JOIN point p ON p.point_id = tp.point_id AND p.line_id = t.line_id
WHERE t.starts_at < t.ends_at;
GRANT SELECT ON trial_sender TO virtaama_ingest;

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
CREATE TRIGGER announce AFTER INSERT ON withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();

-- Ingest reads its site again when a trial changes, wherever that was done.
CREATE FUNCTION announce_site() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('virtaama_site', '');
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION announce_site() FROM PUBLIC;
CREATE TRIGGER announce_site AFTER INSERT OR UPDATE OR DELETE ON trial
    FOR EACH STATEMENT EXECUTE FUNCTION announce_site();
CREATE TRIGGER announce_site AFTER INSERT OR UPDATE OR DELETE ON trial_point
    FOR EACH STATEMENT EXECUTE FUNCTION announce_site();
CREATE TRIGGER announce_site AFTER INSERT ON trial_entry
    FOR EACH ROW WHEN (NEW.kind IN ('end', 'revoke') OR NEW.replaces IS NOT NULL) EXECUTE FUNCTION announce_site();
