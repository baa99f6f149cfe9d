-- name: date_spacing
-- Dates the spacing of history: from the begin of what is missing (or right after the row in force)
-- the interval of history with its checks, from `until` again what was in force. Rows are only ever added.
WITH past AS (
    SELECT d.*, spaced.interval_s, spaced.checks AS spaced_checks,
           greatest(%(since)s::timestamptz, d.valid_from + INTERVAL '1 microsecond') AS since
    FROM unnest(%(paths)s::text[], %(intervals_s)s::float8[], %(checks)s::jsonb[]) AS spaced (path, interval_s, checks)
    JOIN point_current p ON p.site = %(site)s AND p.line || '/' || p.key = spaced.path
    JOIN LATERAL (
        SELECT * FROM point_definition d
        WHERE d.point_id = p.point_id AND d.valid_from < %(until)s
        ORDER BY d.valid_from DESC LIMIT 1
    ) d ON true
    WHERE d.expected_interval_s <> spaced.interval_s
)
INSERT INTO point_definition (
    point_id, valid_from, kind, unit, unit_display, species, expected_interval_s,
    range_lo, range_hi, typical_lo, typical_hi, max_rate_per_h, verified, states, note, checks, formula
)
SELECT point_id, dated.valid_from, kind, unit, unit_display, species, dated.interval_s,
       range_lo, range_hi, typical_lo, typical_hi, max_rate_per_h, verified, states, note, dated.checks, formula
FROM past,
LATERAL (
    VALUES (since, interval_s, spaced_checks), (%(until)s, expected_interval_s, checks)
) AS dated (valid_from, interval_s, checks)
WHERE since < %(until)s
ON CONFLICT DO NOTHING;

-- name: keep_first_passwords
UPDATE account SET must_change_password = false WHERE login = ANY (%(logins)s);

-- name: enter_calibration
INSERT INTO quality_window (site_id, kind, instrument_id, starts_at, ends_at, reason, account_id)
SELECT s.site_id, 'calibration', i.instrument_id, %(starts)s, %(ends)s, %(reason)s, a.account_id
FROM site s JOIN instrument i USING (site_id) JOIN account a ON a.login = %(login)s
WHERE s.key = %(site)s AND i.key = %(instrument)s
  AND NOT EXISTS (SELECT FROM quality_window w WHERE w.instrument_id = i.instrument_id);
