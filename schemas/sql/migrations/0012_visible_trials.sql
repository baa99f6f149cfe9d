-- What a viewer sees of companies, trials, what is written about them, accounts and the access log.

CREATE VIEW visible.company WITH (security_barrier) AS
SELECT c.company_id, c.key, c.name
FROM company c, current_viewer v
WHERE v.sees_all OR c.company_id = v.company_id;

CREATE VIEW visible.trial WITH (security_barrier) AS
SELECT t.trial_id, s.key AS site, s.name AS site_name, s.time_zone, l.key AS line,
       l.name AS line_name, t.key, t.name, c.key AS company, c.name AS company_name,
       t.source_stream, t.starts_at, t.ends_at, NULLIF(t.access_until, 'infinity') AS access_until,
       NULLIF(t.embargo_until, '-infinity') AS embargo_until, t.verified
FROM trial_access t
JOIN company c USING (company_id)
JOIN line l USING (line_id)
JOIN site s USING (site_id);

CREATE VIEW visible.trial_point WITH (security_barrier) AS
SELECT tp.trial_id, tp.point_id, p.line_id <> t.line_id AS reference
FROM trial_access t
JOIN trial_point tp USING (trial_id)
JOIN point p USING (point_id);
COMMENT ON COLUMN visible.trial_point.reference IS 'it stands on another line, to compare with';

-- Who is let in as a guest: for those who let them in.
CREATE VIEW visible.trial_guest WITH (security_barrier) AS
SELECT g.trial_id, g.account_id, a.login, a.display_name, g.from_at, g.until_at, g.under_embargo
FROM trial_guest g
JOIN account a USING (account_id)
JOIN trial_access t USING (trial_id)
WHERE t.viewer_role IN ('engineer', 'administrator');

CREATE VIEW visible.trial_entry WITH (security_barrier) AS
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

CREATE VIEW visible.note WITH (security_barrier) AS
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

-- An engineer lets guests in, and must find them.
CREATE VIEW visible.account WITH (security_barrier) AS
SELECT a.account_id, a.login, a.display_name, a.role, c.key AS company, a.must_change_password,
       a.totp_secret IS NOT NULL AS second_factor, a.created_at, a.disabled_at, a.locked_until
FROM account a
CROSS JOIN current_viewer v
LEFT JOIN company c ON c.company_id = a.company_id
WHERE v.role = 'administrator' OR (v.role = 'engineer' AND a.role = 'guest')
   OR a.account_id = v.account_id;

-- A company sees who did what with its trial; everyone sees what they did themselves.
CREATE VIEW visible.access_log WITH (security_barrier) AS
SELECT l.entry_id, l.at, coalesce(a.display_name, d.name) AS who, coalesce(a.role, d.role) AS role,
       l.action, l.object, l.trial_id, l.detail, l.account_id = v.account_id AS own,
       CASE WHEN v.role = 'administrator' OR l.account_id = v.account_id THEN l.client END AS client
FROM access_log l
CROSS JOIN current_viewer v
LEFT JOIN account a ON a.account_id = l.account_id
LEFT JOIN device_token d ON d.device_id = l.device_id
WHERE v.role IN ('engineer', 'administrator')
   OR l.account_id = v.account_id
   OR (v.role = 'company_member' AND l.trial_id IN (SELECT trial_id FROM trial_access));

GRANT SELECT ON visible.company, visible.trial, visible.trial_point, visible.trial_guest, visible.trial_entry,
    visible.note, visible.trial_writing, visible.account, visible.access_log TO virtaama_viewer;
