-- What people write: notes, the journal of a trial, a new trial, a guest. Rows are only added, but for a trial that
-- has not begun, and the database says who and when; what a viewer may not add is refused by row-level security.

-- name: add_note
INSERT INTO note (trial_id, point_id, from_at, to_at, body, replaces, account_id)
VALUES (%(trial_id)s, %(point_id)s, %(from_at)s, %(to_at)s, %(body)s, %(replaces)s,
        visible.account_id());

-- name: notes
SELECT note_id, trial_id, point_id, from_at, to_at, body, author, author_role, own, written_at
FROM visible.note
WHERE NOT replaced
  AND (%(trial)s::int IS NULL OR trial_id = %(trial)s::int)
  AND from_at < %(end)s AND coalesce(to_at, from_at) >= %(start)s
ORDER BY from_at, note_id
LIMIT %(limit)s;

-- name: add_entry
INSERT INTO trial_entry (trial_id, kind, title, body, from_at, to_at, replaces, account_id)
VALUES (%(trial_id)s, %(kind)s, %(title)s, %(body)s, %(from_at)s, %(to_at)s, %(replaces)s,
        visible.account_id());

-- name: entries
SELECT entry_id, trial_id, kind, title, body, from_at, to_at, author, author_role, own, written_at
FROM visible.trial_entry
WHERE trial_id = %(trial)s AND NOT replaced
ORDER BY from_at, entry_id;

-- name: line_zone
SELECT time_zone FROM visible.line WHERE line_id = %(line)s;

-- name: lines
SELECT line_id, site, key, kind, name FROM visible.line ORDER BY site, kind, key;

-- name: companies
SELECT company_id, key, name FROM visible.company ORDER BY key;

-- name: guests
SELECT account_id, login, display_name FROM visible.account
WHERE role = 'guest' AND disabled_at IS NULL ORDER BY login;

-- An engineer who makes a trial vouches for it; what nobody has verified is an example of a site file.
-- name: add_trial
INSERT INTO trial (line_id, company_id, key, name, source_stream, starts_at, ends_at, embargo_until,
                   access_until, verified, managed_by)
VALUES (%(line_id)s, %(company_id)s, %(key)s, %(name)s, %(source_stream)s, %(starts_at)s,
        %(ends_at)s, %(embargo_until)s, %(access_until)s, true, 'app');

-- name: added_trial
SELECT t.trial_id FROM visible.trial t JOIN visible.line l ON l.site = t.site AND l.key = t.line
WHERE l.line_id = %(line_id)s AND t.key = %(key)s;

-- name: add_trial_points
INSERT INTO trial_point (trial_id, point_id)
SELECT %(trial)s, point_id FROM visible.point WHERE point_id = ANY (%(points)s);

-- name: add_guest
INSERT INTO trial_guest (trial_id, account_id, until_at, under_embargo)
VALUES (%(trial_id)s, %(account_id)s, %(until_at)s, %(under_embargo)s);

-- name: may_change_trial
SELECT visible.may_change_trial(%(trial)s::int) AS may_change;

-- name: change_trial
SELECT visible.change_trial(
    %(trial_id)s::int, %(company_id)s::int, %(name)s, %(source_stream)s, %(starts_at)s, %(ends_at)s,
    %(embargo_until)s, %(access_until)s, %(points)s::int[]
) IS NULL AS changed;

-- name: withdraw_trial
SELECT visible.withdraw_trial(%(trial)s::int) IS NULL AS withdrawn;

-- name: uninvite
SELECT visible.uninvite(%(trial)s::int, %(account)s::int) AS uninvited;

-- name: invited
SELECT account_id, login, display_name, from_at, NULLIF(until_at, 'infinity') AS until_at, under_embargo
FROM visible.trial_guest WHERE trial_id = %(trial)s ORDER BY display_name, login;
