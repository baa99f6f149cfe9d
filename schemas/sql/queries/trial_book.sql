-- What people write: notes, the journal of a trial, a new trial, a guest. Rows are only added, but for a trial that
-- has not begun, and the database says who and when; what a viewer may not add is refused by row-level security.

-- name: add_note
-- What is to be replaced and is not there is refused like what is not the viewer's: nothing has the number 0.
INSERT INTO note (public_id, trial_id, point_id, from_at, to_at, body, replaces, account_id)
VALUES (%(public_id)s, %(trial_id)s, %(point_id)s, %(from_at)s, %(to_at)s, %(body)s,
        CASE WHEN %(replaces)s::uuid IS NOT NULL THEN coalesce(
            (SELECT note_id FROM visible.note WHERE public_id = %(replaces)s::uuid), 0) END,
        visible.account_id());

-- name: add_entry
INSERT INTO trial_entry (public_id, trial_id, kind, title, body, from_at, to_at, replaces, account_id)
VALUES (%(public_id)s, %(trial_id)s, %(kind)s, %(title)s, %(body)s, %(from_at)s, %(to_at)s,
        CASE WHEN %(replaces)s::uuid IS NOT NULL THEN coalesce(
            (SELECT entry_id FROM visible.trial_entry WHERE public_id = %(replaces)s::uuid), 0) END,
        visible.account_id());

-- name: withdraw
INSERT INTO withdrawal (note_id, entry_id, reason, account_id)
SELECT CASE list WHEN 'note' THEN number END, CASE list WHEN 'entry' THEN number END, %(reason)s,
       visible.account_id()
FROM visible.trial_writing
WHERE trial_id = %(trial)s AND list = %(list)s AND public_id = %(id)s;

-- name: page
-- Of a trial's notes or entries the newest, or those next to one of them (`cursor`) that are older, or `newer`.
-- Long texts are cut after the page is found: before that they would all be read.
SELECT public_id, kind, title, left(body, %(characters)s) AS body, length(body) AS characters,
       point_id, from_at, to_at, author, written_at, withdrawn_at, withdrawn_by, withdrawal_reason,
       may_withdraw
FROM (
    SELECT * FROM visible.trial_writing t
    WHERE trial_id = %(trial)s AND list = %(list)s AND NOT replaced
      AND (%(cursor)s::uuid IS NULL OR EXISTS (
          SELECT FROM visible.trial_writing c
          WHERE c.trial_id = %(trial)s AND c.list = %(list)s AND c.public_id = %(cursor)s::uuid
            AND CASE WHEN %(newer)s
                     THEN (t.from_at, t.written_at, t.number) > (c.from_at, c.written_at, c.number)
                     ELSE (t.from_at, t.written_at, t.number) < (c.from_at, c.written_at, c.number) END))
    ORDER BY CASE WHEN %(newer)s THEN from_at END, CASE WHEN %(newer)s THEN written_at END,
             CASE WHEN %(newer)s THEN number END, from_at DESC, written_at DESC, number DESC
    LIMIT %(limit)s
) page;

-- name: count_written
SELECT count(*) FROM visible.trial_writing
WHERE trial_id = %(trial)s AND list = %(list)s AND NOT replaced;

-- name: one_written
SELECT public_id, kind, title, body, length(body) AS characters, point_id, from_at, to_at,
       author, written_at, withdrawn_at, withdrawn_by, withdrawal_reason, may_withdraw
FROM visible.trial_writing
WHERE trial_id = %(trial)s AND list = %(list)s AND public_id = %(id)s AND NOT replaced;

-- name: correctable
-- What the viewer can correct: its own, or, for who leads the trial, what ends it (kinds `closing`).
SELECT public_id, from_at, left(CASE WHEN title = '' THEN body ELSE title END, %(characters)s) AS text
FROM (
    SELECT * FROM visible.trial_writing
    WHERE trial_id = %(trial)s AND list = %(list)s AND NOT replaced AND withdrawn_at IS NULL
      AND CASE WHEN %(closing)s::text IS NULL THEN own AND coalesce(kind, '') NOT IN ('end', 'revoke')
               ELSE kind = %(closing)s::text END
    ORDER BY from_at DESC, written_at DESC
    LIMIT %(limit)s
) newest;

-- name: chart_notes
-- The newest notes in a window, on these points or on the trial as a whole; with how many there are in all.
SELECT from_at, to_at, left(body, %(characters)s) AS body, author, total
FROM (
    SELECT *, count(*) OVER () AS total FROM visible.note
    WHERE trial_id = %(trial)s AND NOT replaced AND withdrawn_at IS NULL
      AND (point_id IS NULL OR point_id = ANY (%(points)s))
      AND from_at < %(end)s AND coalesce(to_at, from_at) >= %(start)s
    ORDER BY from_at DESC, written_at DESC
    LIMIT %(limit)s
) newest;

-- name: line_zone
SELECT time_zone FROM visible.line WHERE line_id = %(line)s;

-- name: lines
SELECT line_id, site, key, kind, name FROM visible.line ORDER BY site, kind, key;

-- name: companies
SELECT company_id, key, name FROM visible.company ORDER BY key;

-- name: guests
SELECT account_id, login, display_name FROM visible.account
WHERE role = 'guest' AND disabled_at IS NULL ORDER BY login;

-- name: add_trial
-- An engineer who makes a trial vouches for it; what nobody has verified is an example of a site file.
INSERT INTO trial (line_id, company_id, key, name, source_stream, starts_at, ends_at, embargo_until,
                   access_until, verified, managed_by)
VALUES (%(line_id)s, %(company_id)s, %(key)s, %(name)s, %(source_stream)s, %(starts_at)s,
        %(ends_at)s, %(embargo_until)s, %(access_until)s, true, 'app');

-- name: added_trial
SELECT t.trial_id FROM visible.trial t JOIN visible.line l ON l.site = t.site AND l.key = t.line
WHERE l.line_id = %(line_id)s AND t.key = %(key)s;

-- name: add_trial_points
INSERT INTO trial_point (trial_id, point_id)
SELECT %(trial)s, point_id FROM visible.point
WHERE point_id = ANY (%(points)s) AND visible.is_of_trial_site(%(trial)s, point_id);

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
