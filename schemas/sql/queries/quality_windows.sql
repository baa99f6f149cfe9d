-- Windows of work and verdicts on screens. Everything goes through schema `visible`.

-- name: of_points
-- Windows of points that touch [start, end), an open one without an end.
SELECT DISTINCT window_id, kind, starts_at, ends_at, reason, who
FROM visible.quality_window
WHERE point_id = ANY (%(points)s) AND starts_at < %(end)s AND coalesce(ends_at, 'infinity') > %(start)s
ORDER BY starts_at, window_id
LIMIT %(windows_max)s;

-- name: listed
-- Each window in its newest version, those that go on first.
SELECT window_id, kind, version, starts_at, ends_at, reason, is_withdrawn, who, written_at, point_id, instrument,
       element, rule
FROM (
    SELECT DISTINCT ON (window_id) * FROM visible.quality_window_version
    WHERE site = %(site)s ORDER BY window_id, version DESC
) newest
WHERE coalesce(ends_at, 'infinity') > %(since)s
ORDER BY (NOT is_withdrawn AND coalesce(ends_at, 'infinity') > %(now)s) DESC, starts_at DESC, window_id
LIMIT %(windows_max)s;

-- name: history
SELECT window_id, kind, version, starts_at, ends_at, reason, is_withdrawn, who, written_at, point_id, instrument,
       element, rule
FROM visible.quality_window_version WHERE window_id = %(window)s ORDER BY version DESC;

-- name: enter
SELECT visible.enter_window(
    %(site)s, %(kind)s, %(point)s, %(instrument)s, %(element)s, %(starts)s, %(ends)s, %(reason)s
);

-- name: change
SELECT visible.change_window(
    %(window_id)s, %(version)s, %(starts_at)s, %(ends_at)s, %(reason)s, %(is_withdrawn)s
);

-- name: instruments
SELECT key, coalesce(description_names ->> %(language)s, description) AS description, calibration_interval_days, point_ids, calibrated_at
FROM visible.instrument WHERE site = %(site)s ORDER BY key;

-- name: window_site
SELECT site FROM visible.quality_window_version WHERE window_id = %(window)s LIMIT 1;
