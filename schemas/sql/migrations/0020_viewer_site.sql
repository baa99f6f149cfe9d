-- Which sites an account or a wall screen is for. Staff, the control room and the public screen see what is of
-- these sites and learn of no other; companies and guests see what their trials give them, as before. An account
-- that is for nothing sees nothing; those from before this step go on seeing every site.

ALTER TABLE account ADD COLUMN all_sites boolean NOT NULL DEFAULT false;
ALTER TABLE device_token ADD COLUMN all_sites boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN account.all_sites IS 'also those that are loaded later; else those of account_site';
COMMENT ON COLUMN device_token.all_sites IS 'also those that are loaded later; else those of device_site';
UPDATE account SET all_sites = true WHERE role IN ('operator', 'engineer', 'administrator');
UPDATE device_token SET all_sites = true;
ALTER TABLE account
    ADD CHECK (NOT all_sites OR role IN ('operator', 'engineer', 'administrator'));

CREATE TABLE account_site (
    account_id int NOT NULL REFERENCES account,
    site_id    int NOT NULL REFERENCES site,
    PRIMARY KEY (account_id, site_id)
);
COMMENT ON TABLE account_site IS 'of a guest: whose staff may find and invite it; it sees what its trials give it';
INSERT INTO account_site SELECT account_id, site_id FROM account, site WHERE role = 'guest';

CREATE TABLE device_site (
    device_id int NOT NULL REFERENCES device_token,
    site_id   int NOT NULL REFERENCES site,
    PRIMARY KEY (device_id, site_id)
);

-- A company is one for all sites; where it is not at home its name is not told.
CREATE TABLE company_site (
    company_id int NOT NULL REFERENCES company,
    site_id    int NOT NULL REFERENCES site,
    PRIMARY KEY (company_id, site_id)
);
COMMENT ON TABLE company_site IS 'the sites whose file names the company';
INSERT INTO company_site SELECT company_id, site_id FROM company, site;

ALTER TABLE account_site ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_site ENABLE ROW LEVEL SECURITY;
ALTER TABLE company_site ENABLE ROW LEVEL SECURITY;

DROP TRIGGER announce ON account;
CREATE TRIGGER announce
    AFTER UPDATE OF role, company_id, disabled_at, must_change_password, all_sites ON account
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
DROP TRIGGER announce ON device_token;
CREATE TRIGGER announce AFTER UPDATE OF revoked_at, expires_at, all_sites ON device_token
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON account_site
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON device_site
    FOR EACH STATEMENT EXECUTE FUNCTION announce_access();

CREATE OR REPLACE VIEW current_viewer AS
SELECT a.account_id, NULL::int AS device_id, a.role, a.company_id,
       a.role IN ('operator', 'engineer', 'administrator') AS sees_all, a.all_sites
FROM account a
WHERE a.account_id =
      substring(current_setting('virtaama.viewer', true) FROM '^account:([0-9]{1,9})$')::int
  AND a.disabled_at IS NULL AND NOT a.must_change_password
UNION ALL
SELECT NULL, d.device_id, d.role, NULL, d.role = 'control_room', d.all_sites
FROM device_token d
WHERE d.device_id =
      substring(current_setting('virtaama.viewer', true) FROM '^device:([0-9]{1,9})$')::int
  AND d.revoked_at IS NULL AND now() < d.expires_at
UNION ALL
SELECT NULL, NULL, 'operator', NULL, true, true
FROM viewer v
WHERE v.viewer = 'operator' AND current_setting('virtaama.viewer', true) = 'operator';

-- The sites that the viewer is for. `sees_all`: it sees all of them, being staff or the control room.
CREATE VIEW viewer_site AS
SELECT s.site_id, v.sees_all, v.role
FROM site s, current_viewer v
WHERE v.all_sites
   OR EXISTS (SELECT FROM account_site a WHERE a.account_id = v.account_id AND a.site_id = s.site_id)
   OR EXISTS (SELECT FROM device_site d WHERE d.device_id = v.device_id AND d.site_id = s.site_id);

-- Whether the viewer sees all of every site: what belongs to none of them is for nobody else.
CREATE VIEW sees_every_site AS
SELECT v.sees_all AND (v.all_sites OR NOT EXISTS (
    SELECT FROM site s WHERE s.site_id NOT IN (SELECT site_id FROM viewer_site)
)) AS sees_every
FROM current_viewer v;

CREATE OR REPLACE VIEW trial_access AS
SELECT t.*, v.sees_all, v.role AS viewer_role
FROM trial_now t, current_viewer v
WHERE (v.sees_all AND EXISTS (
        SELECT FROM line l JOIN viewer_site s USING (site_id) WHERE l.line_id = t.line_id))
   OR (v.role = 'company_member' AND v.company_id = t.company_id
       AND now() >= t.starts_at AND now() < t.access_until)
   OR (v.role = 'guest' AND EXISTS (
       SELECT FROM trial_guest g
       WHERE g.trial_id = t.trial_id AND g.account_id = v.account_id
         AND now() >= greatest(g.from_at, t.starts_at) AND now() < least(g.until_at, t.revoked_at)
         AND (g.under_embargo OR now() >= t.embargo_until)
   ));

-- A trial gives away points of its own site and of no other, whatever it lists.
CREATE VIEW trial_site_point AS
SELECT tp.trial_id, tp.point_id
FROM trial_point tp
JOIN trial t USING (trial_id)
JOIN line tl ON tl.line_id = t.line_id
JOIN point p USING (point_id)
JOIN line pl ON pl.line_id = p.line_id
WHERE pl.site_id = tl.site_id;

CREATE OR REPLACE VIEW point_window AS
SELECT point_id, lower(w) AS granted_from, upper(w) AS granted_to
FROM (
    SELECT point_id, unnest(range_agg(tstzrange(granted_from, granted_to))) AS w
    FROM (
        SELECT p.point_id, '-infinity'::timestamptz AS granted_from, 'infinity'::timestamptz AS granted_to
        FROM point p
        JOIN line l USING (line_id)
        JOIN viewer_site s USING (site_id)
        CROSS JOIN current_viewer v
        WHERE num_nonnulls(v.account_id, v.device_id) = 1
          AND (s.sees_all OR (s.role = 'lobby' AND l.kind = 'main'))
        UNION ALL
        SELECT tp.point_id, t.starts_at, t.ends_at
        FROM trial_access t JOIN trial_site_point tp USING (trial_id)
        WHERE NOT t.sees_all AND t.starts_at < t.ends_at
        UNION ALL
        SELECT g.point_id, g.granted_from, g.granted_to
        FROM point_grant g
        WHERE g.viewer = current_setting('virtaama.viewer', true)
    ) granted
    GROUP BY point_id
) merged;

CREATE OR REPLACE VIEW element_window AS
SELECT r.element_id, greatest(r.valid_from, g.granted_from) AS granted_from,
       least(r.valid_to, g.granted_to) AS granted_to
FROM point_role_period r
JOIN point_window g ON g.point_id = r.point_id AND r.valid_from < g.granted_to AND r.valid_to > g.granted_from
UNION ALL
SELECT e.element_id, '-infinity', 'infinity'
FROM element e JOIN viewer_site s USING (site_id)
WHERE s.sees_all;

-- As before, and of staff its own sites only.
CREATE OR REPLACE VIEW alarm_window AS
SELECT a.alarm_id, '-infinity'::timestamptz AS granted_from, 'infinity'::timestamptz AS granted_to, true AS is_staff
FROM alarm a JOIN viewer_site s USING (site_id)
WHERE s.sees_all
UNION ALL
SELECT alarm_id, lower(w), upper(w), false
FROM (
    SELECT alarm_id, unnest(range_intersect_agg(own)) AS w
    FROM (
        SELECT d.alarm_id, d.valid_from, ap.point_id,
               range_agg(tstzrange(t.starts_at, t.ends_at) * tstzrange(d.valid_from, d.valid_to)) AS own
        FROM trial_access t
        JOIN trial_point tp USING (trial_id)
        JOIN point p ON p.point_id = tp.point_id AND p.line_id = t.line_id
        JOIN alarm_point ap ON ap.point_id = p.point_id
        JOIN alarm_definition_period d USING (alarm_id, valid_from)
        WHERE NOT t.sees_all AND t.viewer_role = 'company_member' AND t.starts_at < t.ends_at
        GROUP BY d.alarm_id, d.valid_from, ap.point_id
    ) point
    GROUP BY alarm_id, valid_from
    HAVING count(*) = (
        SELECT count(*) FROM alarm_point a
        WHERE a.alarm_id = point.alarm_id AND a.valid_from = point.valid_from
    )
) whole;

-- The sites of which the viewer sees anything.
CREATE VIEW visible.site WITH (security_barrier) AS
SELECT s.site_id, s.key, s.name, s.time_zone
FROM site s
WHERE s.site_id IN (SELECT site_id FROM viewer_site WHERE sees_all)
   OR s.site_id IN (SELECT l.site_id FROM line l JOIN point p USING (line_id) JOIN point_window g USING (point_id))
   OR s.site_id IN (SELECT l.site_id FROM line l JOIN trial_access t USING (line_id));

CREATE OR REPLACE VIEW visible.line WITH (security_barrier) AS
SELECT l.line_id, s.key AS site, s.time_zone, l.key, l.kind, l.name
FROM line l
JOIN site s USING (site_id)
WHERE l.line_id IN (SELECT p.line_id FROM point p JOIN point_window g USING (point_id))
   OR l.site_id IN (SELECT site_id FROM viewer_site WHERE sees_all);

CREATE OR REPLACE VIEW visible.company WITH (security_barrier) AS
SELECT c.company_id, c.key, c.name
FROM company c, current_viewer v
WHERE c.company_id = v.company_id
   OR (v.sees_all AND (
       v.all_sites
       OR EXISTS (SELECT FROM company_site h JOIN viewer_site s USING (site_id) WHERE h.company_id = c.company_id)
       OR EXISTS (
           SELECT FROM trial t JOIN line l USING (line_id) JOIN viewer_site s USING (site_id)
           WHERE t.company_id = c.company_id
       )
   ));

CREATE OR REPLACE VIEW visible.trial_point WITH (security_barrier) AS
SELECT tp.trial_id, tp.point_id, p.line_id <> t.line_id AS reference
FROM trial_access t
JOIN trial_site_point tp USING (trial_id)
JOIN point p USING (point_id);

-- What stands under a topic is of the site that the topic begins with; of others nobody knows the site.
CREATE VIEW viewer_topic_site AS
SELECT s.key FROM site s JOIN viewer_site v USING (site_id) WHERE v.sees_all;

CREATE OR REPLACE VIEW visible.quarantine_summary WITH (security_barrier) AS
SELECT reason, count(*) AS messages, max(last_seen) AS last_seen
FROM quarantine
WHERE replayed_at IS NULL
  AND (EXISTS (SELECT FROM sees_every_site WHERE sees_every)
       OR split_part(topic, '/', 1) IN (SELECT key FROM viewer_topic_site))
GROUP BY reason;

CREATE OR REPLACE VIEW visible.sequence_gap WITH (security_barrier) AS
SELECT topic, gaps, missing, last_gap, last_seen
FROM sequence
WHERE EXISTS (SELECT FROM sees_every_site WHERE sees_every)
   OR split_part(topic, '/', 1) IN (SELECT key FROM viewer_topic_site);

CREATE OR REPLACE VIEW visible.unread_value WITH (security_barrier) AS
SELECT site, mapping, pointer, topic, times, last_seen
FROM unread_value
WHERE site IN (SELECT key FROM viewer_topic_site);

CREATE OR REPLACE VIEW visible.note WITH (security_barrier) AS
SELECT n.note_id, n.trial_id, n.point_id, n.from_at, n.to_at, n.body, n.replaces, s.replaced,
       a.display_name AS author, a.role AS author_role, n.account_id = v.account_id AS own, n.written_at,
       n.public_id, w.written_at AS withdrawn_at, wa.display_name AS withdrawn_by,
       w.reason AS withdrawal_reason,
       w.note_id IS NULL AND NOT s.replaced AND (
           v.role = 'administrator' OR (v.role <> 'guest' AND coalesce(n.account_id = v.account_id, false))
       ) AS may_withdraw
FROM note n
JOIN account a USING (account_id)
CROSS JOIN current_viewer v
LEFT JOIN withdrawal w ON w.note_id = n.note_id
LEFT JOIN account wa ON wa.account_id = w.account_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM note r
        WHERE r.replaces = n.note_id AND NOT EXISTS (SELECT FROM withdrawal u WHERE u.note_id = r.note_id)
    ) AS replaced
) s
WHERE n.trial_id IN (SELECT trial_id FROM trial_access)
   OR (n.trial_id IS NULL AND EXISTS (
       SELECT FROM point p JOIN line l USING (line_id) JOIN viewer_site h USING (site_id)
       WHERE p.point_id = n.point_id AND h.sees_all
   ));

-- The sites that know of an account: those it is for, those of its company, those of the trials it is a guest of.
CREATE VIEW account_home AS
SELECT account_id, site_id FROM account_site
UNION
SELECT a.account_id, c.site_id FROM account a JOIN company_site c USING (company_id)
UNION
SELECT a.account_id, l.site_id FROM account a JOIN trial t USING (company_id) JOIN line l USING (line_id)
UNION
SELECT g.account_id, l.site_id FROM trial_guest g JOIN trial t USING (trial_id) JOIN line l USING (line_id);

-- Those known at sites of the viewer's only: of others it is not told what they do beside trials.
CREATE VIEW own_site_account AS
SELECT a.account_id
FROM account a
WHERE EXISTS (SELECT FROM sees_every_site WHERE sees_every)
   OR (NOT a.all_sites
       AND EXISTS (SELECT FROM account_home h WHERE h.account_id = a.account_id)
       AND NOT EXISTS (
           SELECT FROM account_home h
           WHERE h.account_id = a.account_id
             AND h.site_id NOT IN (SELECT site_id FROM viewer_site WHERE sees_all)
       ));

CREATE VIEW own_site_device AS
SELECT d.device_id
FROM device_token d
WHERE EXISTS (SELECT FROM sees_every_site WHERE sees_every)
   OR (NOT d.all_sites
       AND EXISTS (SELECT FROM device_site h WHERE h.device_id = d.device_id)
       AND NOT EXISTS (
           SELECT FROM device_site h
           WHERE h.device_id = d.device_id
             AND h.site_id NOT IN (SELECT site_id FROM viewer_site WHERE sees_all)
       ));

-- A company sees who did what with its trial; everyone sees what they did themselves.
CREATE OR REPLACE VIEW visible.access_log WITH (security_barrier) AS
SELECT l.entry_id, l.at, coalesce(a.display_name, d.name) AS who, coalesce(a.role, d.role) AS role,
       l.action, l.object, l.trial_id, l.detail, l.account_id = v.account_id AS own,
       CASE WHEN v.role = 'administrator' OR l.account_id = v.account_id THEN l.client END AS client
FROM access_log l
CROSS JOIN current_viewer v
LEFT JOIN account a ON a.account_id = l.account_id
LEFT JOIN device_token d ON d.device_id = l.device_id
WHERE l.account_id = v.account_id
   OR (v.role IN ('company_member', 'engineer', 'administrator')
       AND l.trial_id IN (SELECT trial_id FROM trial_access))
   OR (v.role IN ('engineer', 'administrator') AND (
       EXISTS (SELECT FROM sees_every_site WHERE sees_every)
       OR (l.trial_id IS NULL AND (
           l.account_id IN (SELECT account_id FROM own_site_account)
           OR l.device_id IN (SELECT device_id FROM own_site_device)
       ))
   ));

CREATE OR REPLACE VIEW visible.account WITH (security_barrier) AS
SELECT a.account_id, a.login, a.display_name, a.role, c.key AS company, a.must_change_password,
       a.totp_secret IS NOT NULL AS second_factor, a.created_at, a.disabled_at, a.locked_until
FROM account a
CROSS JOIN current_viewer v
LEFT JOIN company c ON c.company_id = a.company_id
WHERE a.account_id = v.account_id
   OR (v.role = 'administrator' AND a.account_id IN (SELECT account_id FROM own_site_account))
   -- An engineer lets guests in, and must find them.
   OR (v.role IN ('engineer', 'administrator') AND a.role = 'guest' AND EXISTS (
       SELECT FROM account_home h JOIN viewer_site s USING (site_id)
       WHERE h.account_id = a.account_id AND s.sees_all
   ));

GRANT SELECT ON visible.site TO virtaama_viewer;

-- What policies ask. They run as the viewer, who has no right to look for itself.
CREATE FUNCTION visible.staffs_site(site int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM public.viewer_site s WHERE s.site_id = staffs_site.site AND s.sees_all);
END;

CREATE FUNCTION visible.staffs_line(line int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM public.line l JOIN public.viewer_site s USING (site_id)
        WHERE l.line_id = staffs_line.line AND s.sees_all
    );
END;

CREATE FUNCTION visible.is_of_trial_site(trial int, point int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM public.trial t JOIN public.line tl ON tl.line_id = t.line_id,
                    public.point p JOIN public.line pl ON pl.line_id = p.line_id
        WHERE t.trial_id = is_of_trial_site.trial AND p.point_id = is_of_trial_site.point
          AND pl.site_id = tl.site_id
    );
END;

CREATE OR REPLACE FUNCTION visible.may_change_trial(p_trial int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM public.trial t JOIN public.line l USING (line_id) JOIN public.viewer_site s USING (site_id)
        WHERE t.trial_id = p_trial AND s.role IN ('engineer', 'administrator')
          AND t.managed_by = 'app' AND t.retired_at IS NULL AND now() < t.starts_at
    );
END;

-- As before, with companies and points of the trial's own site.
CREATE OR REPLACE FUNCTION visible.change_trial(
    p_trial int, p_company int, p_name jsonb, p_source_stream text, p_starts_at timestamptz,
    p_ends_at timestamptz, p_embargo_until timestamptz, p_access_until timestamptz, p_points int[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM hold_trial(p_trial);
    IF NOT EXISTS (SELECT FROM visible.company WHERE company_id = p_company) THEN
        RAISE EXCEPTION 'the company of the trial does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    UPDATE trial
    SET company_id = p_company, name = p_name, source_stream = p_source_stream,
        starts_at = p_starts_at, ends_at = p_ends_at, embargo_until = p_embargo_until,
        access_until = p_access_until
    WHERE trial_id = p_trial;
    IF EXISTS (
        SELECT FROM unnest(p_points) point
        WHERE NOT visible.sees_point(point) OR NOT visible.is_of_trial_site(p_trial, point)
    ) THEN
        RAISE EXCEPTION 'a point of the trial does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    DELETE FROM trial_point WHERE trial_id = p_trial AND point_id <> ALL (p_points);
    INSERT INTO trial_point (trial_id, point_id)
    SELECT p_trial, point FROM unnest(p_points) point ON CONFLICT DO NOTHING;
END
$$;

REVOKE EXECUTE ON FUNCTION visible.staffs_site(int), visible.staffs_line(int),
    visible.is_of_trial_site(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.staffs_site(int), visible.staffs_line(int),
    visible.is_of_trial_site(int, int) TO virtaama_viewer;

DROP POLICY made_by_engineer ON trial;
CREATE POLICY made_by_engineer ON trial FOR INSERT TO virtaama_viewer WITH CHECK (
    managed_by = 'app' AND visible.role() IN ('engineer', 'administrator')
    AND visible.staffs_line(line_id)
    AND EXISTS (SELECT FROM visible.company c WHERE c.company_id = trial.company_id)
);
DROP POLICY made_by_engineer ON trial_point;
CREATE POLICY made_by_engineer ON trial_point FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IN ('engineer', 'administrator')
    AND visible.sees_trial(trial_id) AND visible.sees_point(point_id)
    AND visible.is_of_trial_site(trial_id, point_id)
);
DROP POLICY made_by_engineer ON trial_guest;
CREATE POLICY made_by_engineer ON trial_guest FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IN ('engineer', 'administrator') AND visible.sees_trial(trial_id)
    AND EXISTS (SELECT FROM visible.account a WHERE a.account_id = trial_guest.account_id)
);
DROP POLICY written_by_viewer ON note;
CREATE POLICY written_by_viewer ON note FOR INSERT TO virtaama_viewer WITH CHECK (
    account_id = visible.account_id()
    AND CASE WHEN trial_id IS NULL THEN visible.role() IN ('operator', 'engineer', 'administrator')
             ELSE visible.role() <> 'guest' AND visible.sees_trial(trial_id) END
    AND (point_id IS NULL OR (
        visible.sees_point(point_id)
        AND (trial_id IS NULL OR visible.is_of_trial_site(trial_id, point_id))
    ))
    AND (replaces IS NULL OR EXISTS (
        SELECT FROM visible.note n WHERE n.note_id = note.replaces AND n.own
          AND n.trial_id IS NOT DISTINCT FROM note.trial_id
    ))
);
