-- What goes into the package that a company takes home. All of it is read through schema `visible`, in one
-- transaction that sees one state of the database. '-infinity' and 'infinity' leave as NULL.

-- name: isolation
SELECT current_setting('transaction_isolation');

-- name: turn
-- One package for each account at a time, in all processes; given back at the end of the transaction.
SELECT pg_try_advisory_xact_lock(hashtext('virtaama.handover'), account_id)
FROM visible.viewer WHERE account_id IS NOT NULL;

-- name: recent_exports
SELECT count(*) FROM visible.access_log
WHERE own AND action = 'export' AND at > now() - INTERVAL '1 day';

-- name: points
SELECT p.point_id, p.line, p.key, p.tag, p.area, p.name, p.kind, p.unit, p.unit_display, p.species,
       p.expected_interval_s, p.range_lo, p.range_hi, p.typical_lo, p.typical_hi, p.verified,
       p.states, p.note, p.instrument, p.provenance, p.instrument_description, t.reference
FROM visible.trial_point t
JOIN visible.point p USING (point_id)
WHERE t.trial_id = %(trial)s
ORDER BY t.reference, p.line, p.key;

-- name: hold_readings
-- Reads nothing: what is planned for here is not dropped until the package is done.
SELECT FROM visible.reading WHERE ts >= %(start)s AND ts < %(end)s LIMIT 0;

-- name: count_rows
SELECT coalesce(sum(n), 0)::bigint FROM visible.rollup_1h
WHERE point_id = ANY (%(points)s) AND bucket >= %(start)s AND bucket < %(end)s;

-- name: hour_counts
SELECT bucket, n FROM visible.rollup_1h
WHERE point_id = %(point)s AND bucket >= %(start)s AND bucket < %(end)s;

-- name: copy_readings
-- Every row has the same width in bytes: a value that is missing leaves as NaN, which is never stored.
COPY (
    SELECT ts, coalesce(value, 'NaN'), status, qc, checks, received_at
    FROM visible.reading
    WHERE point_id = %(point)s AND ts >= %(start)s AND ts < %(end)s
    ORDER BY ts LIMIT %(limit_rows)s
) TO STDOUT (FORMAT binary);

-- name: point_history
SELECT p.line, p.key AS point, NULLIF(d.valid_from, '-infinity') AS valid_from,
       NULLIF(d.valid_to, 'infinity') AS valid_to, d.kind, d.unit, d.unit_display, d.species,
       d.expected_interval_s, d.range_lo, d.range_hi, d.typical_lo, d.typical_hi, d.verified,
       d.states, d.note
FROM visible.point_definition d
JOIN visible.point p USING (point_id)
WHERE d.point_id = ANY (%(points)s) AND d.valid_from < %(end)s AND d.valid_to > %(start)s
ORDER BY p.line, p.key, d.valid_from;

-- name: instrument_history
SELECT p.line, p.key AS point, NULLIF(a.valid_from, '-infinity') AS valid_from,
       NULLIF(a.valid_to, 'infinity') AS valid_to, a.instrument, a.provenance, a.description,
       coalesce(a.description_names ->> 'fi', a.description) AS description_fi,
       coalesce(a.description_names ->> 'sv', a.description) AS description_sv,
       coalesce(a.description_names ->> 'en', a.description) AS description_en
FROM visible.assignment a
JOIN visible.point p USING (point_id)
WHERE a.point_id = ANY (%(points)s) AND a.valid_from < %(end)s AND a.valid_to > %(start)s
ORDER BY p.line, p.key, a.valid_from;

-- name: units
SELECT point_id, NULLIF(valid_from, '-infinity') AS valid_from, unit
FROM visible.point_definition
WHERE point_id = ANY (%(points)s)
ORDER BY point_id, visible.point_definition.valid_from;

-- name: limits
-- Those that applied at any time of the package, each in the unit that it was written in.
SELECT p.line, p.key AS point, l.bound, l.statistic, l.value, l.unit,
       NULLIF(l.valid_from, '-infinity') AS valid_from, NULLIF(l.valid_to, 'infinity') AS valid_to,
       l.limit_set, l.source, l.verified_by
FROM visible.limit_value l
JOIN visible.point p USING (point_id)
WHERE l.point_id = ANY (%(points)s) AND l.value IS NOT NULL
  AND l.valid_from < %(end)s AND l.valid_to > %(start)s
ORDER BY p.line, p.key, l.limit_set, l.bound, l.statistic, l.valid_from;

-- name: notes
-- Numbered within the trial: the numbers of the tables would tell how much others write.
WITH numbered AS (
    SELECT *, row_number() OVER (ORDER BY written_at, note_id) AS number
    FROM visible.note WHERE trial_id = %(trial)s
)
SELECT n.number AS note, p.line, p.key AS point, n.from_at, n.to_at, n.body, n.author, n.author_role,
       n.written_at, r.number AS replaces, n.replaced, n.withdrawn_at, n.withdrawn_by,
       n.withdrawal_reason
FROM numbered n
LEFT JOIN numbered r ON r.note_id = n.replaces
LEFT JOIN visible.point p ON p.point_id = n.point_id
ORDER BY n.from_at, n.number;

-- name: journal
-- Numbered within the trial, as notes are.
WITH numbered AS (
    SELECT *, row_number() OVER (ORDER BY written_at, entry_id) AS number
    FROM visible.trial_entry WHERE trial_id = %(trial)s
)
SELECT n.number AS entry, n.kind, n.title, n.body, n.from_at, n.to_at, n.author, n.author_role,
       n.written_at, r.number AS replaces, n.replaced, n.withdrawn_at, n.withdrawn_by,
       n.withdrawal_reason
FROM numbered n
LEFT JOIN numbered r ON r.entry_id = n.replaces
ORDER BY n.from_at, n.number;
