-- What the site load reads and writes. A kind has a query for what is there now and statements for what is
-- new, changed and gone. Dated kinds are only ever added to; '-infinity' stands outside as NULL.

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('virtaama.site'));

-- name: fit_chunks
-- How wide new chunks of readings are, by what the points in force send in a day: at most ten million
-- readings and at least ten thousand, between a day and 52 weeks. On change counts as once a minute.
SELECT set_chunk_time_interval('reading', CASE
    WHEN per_day > 10000000 THEN INTERVAL '1 day'
    WHEN per_day > 1500 THEN INTERVAL '7 days'
    WHEN per_day > 375 THEN INTERVAL '28 days'
    WHEN per_day > 100 THEN INTERVAL '91 days'
    ELSE INTERVAL '364 days'
END)
FROM (SELECT coalesce(sum(86400 / coalesce(expected_interval_s, 60)), 0) AS per_day FROM point_current)
AS rate;

-- name: analyze
-- What questions are planned by: until the server looks by itself, a minute later, it takes new tables for empty.
ANALYZE line, point, point_definition, instrument, assignment, element, element_definition, element_property,
    point_role, point_grant;

-- name: notify
SELECT pg_notify('virtaama_site', '');

-- name: sites
SELECT key, name, time_zone, country, language, begins_at FROM site WHERE key = %(site)s;

-- name: insert_site
INSERT INTO site (key, name, time_zone, country, language, begins_at)
VALUES (%(key)s, %(name)s, %(time_zone)s, %(country)s, %(language)s, %(begins_at)s);

-- name: update_site
UPDATE site SET name = %(name)s, country = %(country)s, language = %(language)s, begins_at = %(begins_at)s
WHERE key = %(key)s;

-- name: lines
SELECT l.key, l.kind, l.name FROM line l JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_line
INSERT INTO line (site_id, key, kind, name)
SELECT site_id, %(key)s, %(kind)s, %(name)s FROM site WHERE key = %(site)s;

-- name: update_line
UPDATE line SET kind = %(kind)s, name = %(name)s
WHERE key = %(key)s AND site_id = (SELECT site_id FROM site WHERE key = %(site)s);

-- name: instruments
SELECT i.key, i.provenance, i.description, i.description_names, i.calibration_interval_days
FROM instrument i JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_instrument
INSERT INTO instrument (site_id, key, provenance, description, description_names, calibration_interval_days)
SELECT site_id, %(key)s, %(provenance)s, %(description)s, %(description_names)s, %(calibration_interval_days)s
FROM site WHERE key = %(site)s;

-- name: update_instrument
UPDATE instrument SET provenance = %(provenance)s, description = %(description)s,
    description_names = %(description_names)s,
    calibration_interval_days = %(calibration_interval_days)s
WHERE key = %(key)s AND site_id = (SELECT site_id FROM site WHERE key = %(site)s);

-- name: points
SELECT l.key AS line, p.key, p.tag, p.area, p.name, p.retired_at IS NOT NULL AS retired
FROM point p JOIN line l USING (line_id) JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_point
INSERT INTO point (line_id, key, tag, area, name)
SELECT l.line_id, %(key)s, %(tag)s, %(area)s, %(name)s
FROM line l JOIN site s USING (site_id) WHERE s.key = %(site)s AND l.key = %(line)s;

-- name: update_point
-- Who may no longer see a point's present goes on seeing the name that it had.
WITH former AS (
    INSERT INTO point_former_name (point_id, until, tag, area, name)
    SELECT p.point_id, %(now)s, p.tag, p.area, p.name
    FROM point p JOIN line l USING (line_id) JOIN site s USING (site_id)
    WHERE s.key = %(site)s AND l.key = %(line)s AND p.key = %(key)s
      AND (p.tag, p.area, p.name) IS DISTINCT FROM (%(tag)s, %(area)s, %(name)s)
)
UPDATE point p SET tag = %(tag)s, area = %(area)s, name = %(name)s, retired_at = NULL
FROM line l JOIN site s USING (site_id)
WHERE l.line_id = p.line_id AND s.key = %(site)s AND l.key = %(line)s AND p.key = %(key)s;

-- name: retire_point
UPDATE point p SET retired_at = %(now)s
FROM line l JOIN site s USING (site_id)
WHERE l.line_id = p.line_id AND s.key = %(site)s AND l.key = %(line)s AND p.key = %(key)s;

-- name: definitions
SELECT DISTINCT ON (p.point_id)
       l.key AS line, p.key, d.kind, d.unit, d.unit_display, d.species, d.expected_interval_s,
       d.range_lo, d.range_hi, d.typical_lo, d.typical_hi, d.max_rate_per_h, d.verified, d.states,
       d.note, d.checks, d.formula, NULLIF(d.valid_from, '-infinity') AS valid_from
FROM point_definition d
JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id)
WHERE s.key = %(site)s
ORDER BY p.point_id, d.valid_from DESC;

-- name: insert_definition
INSERT INTO point_definition (
    point_id, valid_from, kind, unit, unit_display, species, expected_interval_s,
    range_lo, range_hi, typical_lo, typical_hi, max_rate_per_h, verified, states, note, checks, formula
)
SELECT p.point_id, coalesce(%(valid_from)s::timestamptz, '-infinity'), %(kind)s, %(unit)s,
       %(unit_display)s, %(species)s, %(expected_interval_s)s, %(range_lo)s, %(range_hi)s,
       %(typical_lo)s, %(typical_hi)s, %(max_rate_per_h)s, %(verified)s, %(states)s, %(note)s,
       %(checks)s, %(formula)s
FROM point p JOIN line l USING (line_id) JOIN site s USING (site_id)
WHERE s.key = %(site)s AND l.key = %(line)s AND p.key = %(key)s;

-- name: unit_history
-- Moments leave and come back as text, which can hold -infinity.
SELECT p.point_id AS point, array_agg(d.valid_from::text ORDER BY d.valid_from) AS starts,
       array_agg(d.unit ORDER BY d.valid_from) AS units
FROM point_definition d
JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id)
WHERE s.key = %(site)s AND l.key = %(line)s AND p.key = %(key)s
GROUP BY p.point_id;

-- name: rebuild_rollups
SELECT rebuild_rollups(
    %(point)s, %(changed_at)s, %(starts)s::text[]::timestamptz[], %(scales)s, %(offsets)s
);

-- name: assignments
SELECT DISTINCT ON (p.point_id)
       l.key AS line, p.key, i.key AS instrument,
       NULLIF(a.valid_from, '-infinity') AS valid_from
FROM assignment a
JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id)
LEFT JOIN instrument i ON i.instrument_id = a.instrument_id
WHERE s.key = %(site)s
ORDER BY p.point_id, a.valid_from DESC;

-- name: insert_assignment
INSERT INTO assignment (point_id, valid_from, instrument_id)
SELECT p.point_id, coalesce(%(valid_from)s::timestamptz, '-infinity'), i.instrument_id
FROM point p JOIN line l USING (line_id) JOIN site s USING (site_id)
LEFT JOIN instrument i ON i.site_id = s.site_id AND i.key = %(instrument)s
WHERE s.key = %(site)s AND l.key = %(line)s AND p.key = %(key)s;

-- name: elements
SELECT e.key, e.place FROM element e JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_element
INSERT INTO element (site_id, key, place) SELECT site_id, %(key)s, %(place)s FROM site WHERE key = %(site)s;

-- name: update_element
UPDATE element e SET place = %(place)s FROM site s
WHERE s.site_id = e.site_id AND s.key = %(site)s AND e.key = %(key)s;

-- name: element_definitions
SELECT DISTINCT ON (e.element_id)
       e.key, d.kind, d.name, l.key AS line, w.key AS within, f.key AS source, t.key AS target,
       NULLIF(d.valid_from, '-infinity') AS valid_from
FROM element_definition d
JOIN element e USING (element_id) JOIN site s USING (site_id)
LEFT JOIN line l USING (line_id)
LEFT JOIN element w ON w.element_id = d.within_id
LEFT JOIN element f ON f.element_id = d.from_id
LEFT JOIN element t ON t.element_id = d.to_id
WHERE s.key = %(site)s
ORDER BY e.element_id, d.valid_from DESC;

-- name: insert_element_definition
INSERT INTO element_definition (
    element_id, valid_from, kind, name, line_id, within_id, from_id, to_id
)
SELECT e.element_id, coalesce(%(valid_from)s::timestamptz, '-infinity'), %(kind)s, %(name)s, l.line_id,
       w.element_id, f.element_id, t.element_id
FROM element e JOIN site s USING (site_id)
LEFT JOIN line l ON l.site_id = s.site_id AND l.key = %(line)s
LEFT JOIN element w ON w.site_id = s.site_id AND w.key = %(within)s
LEFT JOIN element f ON f.site_id = s.site_id AND f.key = %(source)s
LEFT JOIN element t ON t.site_id = s.site_id AND t.key = %(target)s
WHERE s.key = %(site)s AND e.key = %(key)s;

-- name: element_properties
SELECT DISTINCT ON (e.element_id, p.property)
       e.key AS element, p.property, p.value, p.unit, NULLIF(p.valid_from, '-infinity') AS valid_from
FROM element_property p JOIN element e USING (element_id) JOIN site s USING (site_id)
WHERE s.key = %(site)s
ORDER BY e.element_id, p.property, p.valid_from DESC;

-- name: insert_element_property
INSERT INTO element_property (element_id, property, valid_from, value, unit)
SELECT e.element_id, %(property)s, coalesce(%(valid_from)s::timestamptz, '-infinity'), %(value)s, %(unit)s
FROM element e JOIN site s USING (site_id) WHERE s.key = %(site)s AND e.key = %(element)s;

-- name: point_roles
SELECT DISTINCT ON (p.point_id)
       l.key AS line, p.key, e.key AS element, r.role, NULLIF(r.valid_from, '-infinity') AS valid_from
FROM point_role r
JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id)
LEFT JOIN element e USING (element_id)
WHERE s.key = %(site)s
ORDER BY p.point_id, r.valid_from DESC;

-- name: insert_point_role
-- The first role of a point counts from the beginning, unless another point had that role before it.
INSERT INTO point_role (point_id, valid_from, element_id, role)
SELECT p.point_id,
       coalesce(%(valid_from)s, CASE WHEN EXISTS (
           SELECT FROM point_role o
           WHERE o.element_id = e.element_id AND o.role = %(role)s AND o.point_id <> p.point_id
       ) THEN coalesce(%(since)s, %(now)s) ELSE '-infinity' END::timestamptz),
       e.element_id, %(role)s
FROM point p JOIN line l USING (line_id) JOIN site s USING (site_id)
LEFT JOIN element e ON e.site_id = s.site_id AND e.key = %(element)s
WHERE s.key = %(site)s AND l.key = %(line)s AND p.key = %(key)s;

-- name: companies
-- A company is known to all sites.
SELECT key, name FROM company WHERE key = ANY (%(companies)s);

-- name: insert_company
INSERT INTO company (key, name) VALUES (%(key)s, %(name)s);

-- name: update_company
UPDATE company SET name = %(name)s WHERE key = %(key)s;

-- name: link_companies
INSERT INTO company_site (company_id, site_id)
SELECT company_id, site_id FROM company c, site s WHERE s.key = %(site)s AND c.key = ANY (%(companies)s)
ON CONFLICT DO NOTHING;

-- name: trials
-- What was made in the app stays there until a site file names it, and then belongs to the file.
SELECT l.key AS line, t.key, c.key AS company, t.name, t.source_stream, t.starts_at, t.ends_at,
       t.embargo_until, t.access_until, t.verified,
       t.retired_at IS NOT NULL OR t.managed_by = 'app' AS retired
FROM trial t JOIN company c USING (company_id) JOIN line l USING (line_id)
JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_trial
INSERT INTO trial (
    line_id, company_id, key, name, source_stream, starts_at, ends_at, embargo_until, access_until,
    verified
)
SELECT l.line_id, c.company_id, %(key)s, %(name)s, %(source_stream)s, %(starts_at)s, %(ends_at)s,
       %(embargo_until)s, %(access_until)s, %(verified)s
FROM line l JOIN site s USING (site_id), company c
WHERE s.key = %(site)s AND l.key = %(line)s AND c.key = %(company)s;

-- name: update_trial
UPDATE trial t
SET company_id = c.company_id, name = %(name)s, source_stream = %(source_stream)s,
    starts_at = %(starts_at)s, ends_at = %(ends_at)s, embargo_until = %(embargo_until)s,
    access_until = %(access_until)s, verified = %(verified)s, retired_at = NULL,
    managed_by = 'site_file'
FROM line l JOIN site s USING (site_id), company c
WHERE l.line_id = t.line_id AND s.key = %(site)s AND l.key = %(line)s AND t.key = %(key)s
  AND c.key = %(company)s;

-- name: retire_trial
UPDATE trial t SET retired_at = %(now)s
FROM line l JOIN site s USING (site_id)
WHERE l.line_id = t.line_id AND s.key = %(site)s AND l.key = %(line)s AND t.key = %(key)s;

-- name: trial_points
SELECT l.key AS line, t.key, pl.key AS point_line, p.key AS point
FROM trial_point tp
JOIN trial t USING (trial_id) JOIN line l ON l.line_id = t.line_id JOIN site s USING (site_id)
JOIN point p USING (point_id) JOIN line pl ON pl.line_id = p.line_id
WHERE s.key = %(site)s AND t.retired_at IS NULL AND t.managed_by = 'site_file';

-- name: insert_trial_point
INSERT INTO trial_point (trial_id, point_id)
SELECT t.trial_id, p.point_id
FROM site s
JOIN line l ON l.site_id = s.site_id AND l.key = %(line)s
JOIN trial t ON t.line_id = l.line_id AND t.key = %(key)s
JOIN line pl ON pl.site_id = s.site_id AND pl.key = %(point_line)s
JOIN point p ON p.line_id = pl.line_id AND p.key = %(point)s
WHERE s.key = %(site)s
ON CONFLICT DO NOTHING;

-- name: delete_trial_point
DELETE FROM trial_point tp
USING trial t, line l, site s, point p, line pl
WHERE tp.trial_id = t.trial_id AND t.line_id = l.line_id AND l.site_id = s.site_id
  AND tp.point_id = p.point_id AND p.line_id = pl.line_id
  AND s.key = %(site)s AND l.key = %(line)s AND t.key = %(key)s
  AND pl.key = %(point_line)s AND p.key = %(point)s;

-- name: limit_sets
SELECT ls.key, ls.name, ls.source, ls.verified_by
FROM limit_set ls JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_limit_set
INSERT INTO limit_set (site_id, key, name, source, verified_by)
SELECT site_id, %(key)s, %(name)s, %(source)s, %(verified_by)s FROM site WHERE key = %(site)s;

-- name: update_limit_set
UPDATE limit_set SET name = %(name)s, source = %(source)s, verified_by = %(verified_by)s
WHERE key = %(key)s AND site_id = (SELECT site_id FROM site WHERE key = %(site)s);

-- name: limit_values
-- A limit that was withdrawn counts as not there, but what is new must come after it.
SELECT DISTINCT ON (v.limit_set_id, v.point_id, v.bound, v.statistic)
       ls.key AS limit_set, l.key AS line, p.key, v.bound, v.statistic, v.value,
       NULLIF(v.valid_from, '-infinity') AS valid_from
FROM limit_value v
JOIN limit_set ls USING (limit_set_id) JOIN site s USING (site_id)
JOIN point p USING (point_id) JOIN line l USING (line_id)
WHERE s.key = %(site)s
ORDER BY v.limit_set_id, v.point_id, v.bound, v.statistic, v.valid_from DESC;

-- name: insert_limit_value
INSERT INTO limit_value (limit_set_id, point_id, bound, statistic, valid_from, value)
SELECT ls.limit_set_id, p.point_id, %(bound)s, %(statistic)s,
       coalesce(%(valid_from)s::timestamptz, '-infinity'), %(value)s
FROM site s
JOIN limit_set ls ON ls.site_id = s.site_id AND ls.key = %(limit_set)s
JOIN line l ON l.site_id = s.site_id AND l.key = %(line)s
JOIN point p ON p.line_id = l.line_id AND p.key = %(key)s
WHERE s.key = %(site)s;

-- name: topic_mappings
SELECT m.key, m.definition FROM topic_mapping m JOIN site s USING (site_id)
WHERE s.key = %(site)s;

-- name: insert_topic_mapping
INSERT INTO topic_mapping (site_id, key, definition)
SELECT site_id, %(key)s, %(definition)s FROM site WHERE key = %(site)s;

-- name: update_topic_mapping
-- What the former mapping did not read is told anew, if it still is so.
WITH told AS (DELETE FROM unread_value WHERE site = %(site)s AND mapping = %(key)s)
UPDATE topic_mapping SET definition = %(definition)s
WHERE key = %(key)s AND site_id = (SELECT site_id FROM site WHERE key = %(site)s);

-- name: delete_topic_mapping
WITH told AS (DELETE FROM unread_value WHERE site = %(site)s AND mapping = %(key)s)
DELETE FROM topic_mapping
WHERE key = %(key)s AND site_id = (SELECT site_id FROM site WHERE key = %(site)s);

-- name: operator
-- The viewer of the dashboard's own process, which keeps a snapshot for all: it sees every point of every
-- site. People are accounts, which see what their role and the dates of trials give them.
INSERT INTO viewer (viewer, name) VALUES ('operator', 'Operator') ON CONFLICT DO NOTHING;

-- name: grant_points
INSERT INTO point_grant (viewer, point_id)
SELECT 'operator', p.point_id
FROM point p JOIN line l USING (line_id) JOIN site s USING (site_id)
WHERE s.key = %(site)s
ON CONFLICT DO NOTHING;

-- name: alarms
SELECT a.key FROM alarm a JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_alarm
INSERT INTO alarm (site_id, key) SELECT site_id, %(key)s FROM site WHERE key = %(site)s;

-- name: alarm_definitions
SELECT DISTINCT ON (a.alarm_id)
       a.key, d.name, d.priority, d.class, d.consequence, d.action, d.respond_within_s, d.condition, d.suppression,
       d.delay_on_s, d.delay_off_s, d.is_latching, NULLIF(d.valid_from, '-infinity') AS valid_from
FROM alarm_definition d JOIN alarm a USING (alarm_id) JOIN site s USING (site_id)
WHERE s.key = %(site)s AND (a.kept_in <> 'app' OR EXISTS (
    -- What the site does not have any more is watched by nobody.
    SELECT FROM alarm_point ap JOIN point p USING (point_id)
    WHERE ap.alarm_id = a.alarm_id AND p.retired_at IS NOT NULL
))
ORDER BY a.alarm_id, d.valid_from DESC;

-- name: alarms_kept_in_app
-- The newest word of engineers on each alarm that they keep in the app; a NULL name: it is out of use.
SELECT DISTINCT ON (a.alarm_id)
       a.key, d.name, d.priority, d.class, d.consequence, d.action, d.respond_within_s, d.condition, d.suppression,
       d.delay_on_s, d.delay_off_s, d.is_latching, d.valid_from, k.display_name AS who
FROM alarm a
JOIN site s USING (site_id)
JOIN alarm_definition d ON d.alarm_id = a.alarm_id
LEFT JOIN account k ON k.account_id = d.entered_by
WHERE s.key = %(site)s AND a.kept_in = 'app'
ORDER BY a.alarm_id, d.valid_from DESC;

-- name: release_alarms
-- Alarms of the app that a load has ended, as their points are gone, are nobody's word any more.
UPDATE alarm a SET kept_in = 'file'
FROM site s
WHERE s.site_id = a.site_id AND s.key = %(site)s AND a.kept_in = 'app' AND EXISTS (
    SELECT FROM alarm_definition d
    WHERE d.alarm_id = a.alarm_id AND d.name IS NULL AND d.entered_by IS NULL
      AND d.valid_from = (SELECT max(n.valid_from) FROM alarm_definition n WHERE n.alarm_id = a.alarm_id)
);

-- name: mark_alarms_of_roles
-- Which alarms follow one of a role that is kept in the app.
UPDATE alarm a SET kept_in = f.kept_in
FROM (
    SELECT a.alarm_id, CASE WHEN EXISTS (
        SELECT FROM alarm r
        WHERE r.site_id = a.site_id AND r.kept_in = 'app' AND r.key = split_part(a.key, ':', 1)
          AND (SELECT d.condition ? 'role' FROM alarm_definition d
               WHERE d.alarm_id = r.alarm_id ORDER BY d.valid_from DESC LIMIT 1)
    ) THEN 'role' ELSE 'file' END AS kept_in
    FROM alarm a JOIN site s USING (site_id) WHERE s.key = %(site)s AND a.kept_in <> 'app'
) f
WHERE f.alarm_id = a.alarm_id AND f.kept_in <> a.kept_in;

-- name: insert_alarm_definition
-- With the points that it asks: who does not see them all does not see the alarm.
WITH defined AS (
    INSERT INTO alarm_definition (
        alarm_id, valid_from, name, priority, class, consequence, action, respond_within_s, condition, suppression,
        delay_on_s, delay_off_s, is_latching
    )
    SELECT a.alarm_id, coalesce(%(valid_from)s::timestamptz, '-infinity'), %(name)s, %(priority)s, %(class)s,
           %(consequence)s, %(action)s, %(respond_within_s)s, %(condition)s, %(suppression)s, %(delay_on_s)s,
           %(delay_off_s)s, %(is_latching)s
    FROM alarm a JOIN site s USING (site_id) WHERE s.key = %(site)s AND a.key = %(key)s
    RETURNING alarm_id, valid_from, condition
)
INSERT INTO alarm_point (alarm_id, valid_from, point_id)
SELECT d.alarm_id, d.valid_from, p.point_id
FROM defined d JOIN alarm a USING (alarm_id) JOIN line l USING (site_id) JOIN point p USING (line_id)
WHERE l.key || '/' || p.key = d.condition->>'point';

-- name: key_figures
SELECT k.key, k.place FROM key_figure k JOIN site s USING (site_id) WHERE s.key = %(site)s;

-- name: insert_key_figure
INSERT INTO key_figure (site_id, key, place) SELECT site_id, %(key)s, %(place)s FROM site WHERE key = %(site)s;

-- name: update_key_figure
UPDATE key_figure k SET place = %(place)s FROM site s
WHERE s.site_id = k.site_id AND s.key = %(site)s AND k.key = %(key)s;

-- name: key_figure_definitions
SELECT DISTINCT ON (k.key_figure_id) k.key, d.definition, NULLIF(d.valid_from, '-infinity') AS valid_from
FROM key_figure_definition d JOIN key_figure k USING (key_figure_id) JOIN site s USING (site_id)
WHERE s.key = %(site)s
ORDER BY k.key_figure_id, d.valid_from DESC;

-- name: insert_key_figure_definition
INSERT INTO key_figure_definition (key_figure_id, valid_from, definition)
SELECT k.key_figure_id, coalesce(%(valid_from)s::timestamptz, '-infinity'), %(definition)s::jsonb
FROM key_figure k JOIN site s USING (site_id) WHERE s.key = %(site)s AND k.key = %(key)s;

-- name: state_windows
SELECT r.key, r.kind, r.codes, r.retired_at IS NOT NULL AS retired, i.key AS instrument, e.key AS element,
       ps.ref AS state, pp.ref AS point
FROM window_rule r
JOIN site s USING (site_id)
LEFT JOIN instrument i ON i.instrument_id = r.instrument_id
LEFT JOIN element e ON e.element_id = r.element_id
LEFT JOIN (SELECT point_id, l.key || '/' || p.key AS ref FROM point p JOIN line l USING (line_id)) ps
    ON ps.point_id = r.state_point_id
LEFT JOIN (SELECT point_id, l.key || '/' || p.key AS ref FROM point p JOIN line l USING (line_id)) pp
    ON pp.point_id = r.point_id
WHERE s.key = %(site)s;

-- name: insert_state_window
INSERT INTO window_rule (site_id, key, kind, state_point_id, codes, point_id, instrument_id, element_id, since)
SELECT s.site_id, %(key)s, %(kind)s,
       (SELECT p.point_id FROM point p JOIN line l USING (line_id)
        WHERE l.site_id = s.site_id AND l.key || '/' || p.key = %(state)s), %(codes)s::int[],
       (SELECT p.point_id FROM point p JOIN line l USING (line_id)
        WHERE l.site_id = s.site_id AND l.key || '/' || p.key = %(point)s),
       (SELECT i.instrument_id FROM instrument i WHERE i.site_id = s.site_id AND i.key = %(instrument)s),
       (SELECT e.element_id FROM element e WHERE e.site_id = s.site_id AND e.key = %(element)s), coalesce(%(since)s, %(now)s)
FROM site s WHERE s.key = %(site)s;

-- name: update_state_window
-- A rule that is another one now begins anew: what was opened by the old one ends.
WITH changed AS (
    UPDATE window_rule r
    SET kind = %(kind)s, codes = %(codes)s::int[], since = coalesce(%(since)s, %(now)s), retired_at = NULL,
        is_followed = false,
        state_point_id = (SELECT p.point_id FROM point p JOIN line l USING (line_id)
                          WHERE l.site_id = s.site_id AND l.key || '/' || p.key = %(state)s),
        point_id = (SELECT p.point_id FROM point p JOIN line l USING (line_id)
                    WHERE l.site_id = s.site_id AND l.key || '/' || p.key = %(point)s),
        instrument_id = (SELECT i.instrument_id FROM instrument i
                         WHERE i.site_id = s.site_id AND i.key = %(instrument)s),
        element_id = (SELECT e.element_id FROM element e WHERE e.site_id = s.site_id AND e.key = %(element)s)
    FROM site s
    WHERE s.site_id = r.site_id AND s.key = %(site)s AND r.key = %(key)s
    RETURNING r.window_rule_id
)
UPDATE quality_window w SET ends_at = greatest(%(now)s, w.starts_at + INTERVAL '1 microsecond'), written_at = now()
FROM changed WHERE w.window_rule_id = changed.window_rule_id AND NOT w.is_withdrawn AND w.ends_at IS NULL;

-- name: retire_state_window
WITH retired AS (
    UPDATE window_rule r SET retired_at = %(now)s
    FROM site s
    WHERE s.site_id = r.site_id AND s.key = %(site)s AND r.key = %(key)s
    RETURNING r.window_rule_id
)
UPDATE quality_window w SET ends_at = greatest(%(now)s, w.starts_at + INTERVAL '1 microsecond'), written_at = now()
FROM retired WHERE w.window_rule_id = retired.window_rule_id AND NOT w.is_withdrawn AND w.ends_at IS NULL;
