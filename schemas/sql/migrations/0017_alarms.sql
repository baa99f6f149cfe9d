-- Alarms: what they are, how each stands, what has happened, and what people want done. A process of its own
-- moves them, and nobody else.

CREATE TABLE alarm (
    alarm_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    site_id  int NOT NULL REFERENCES site,
    key      text NOT NULL,
    UNIQUE (site_id, key)
);

CREATE TABLE alarm_definition (
    alarm_id         uuid NOT NULL REFERENCES alarm,
    valid_from       timestamptz NOT NULL,
    name             jsonb,
    priority         text CHECK (priority IN ('high', 'medium', 'low', 'diagnostic')),
    class            text,
    consequence      jsonb,
    action           jsonb,
    respond_within_s float8 CHECK (respond_within_s > 0),
    condition        jsonb,
    suppression      jsonb,
    delay_on_s       float8 CHECK (delay_on_s >= 0),
    delay_off_s      float8 CHECK (delay_off_s >= 0),
    is_latching      boolean,
    PRIMARY KEY (alarm_id, valid_from),
    CHECK (num_nulls(name, priority, condition, suppression, delay_on_s, delay_off_s, is_latching) IN (0, 7))
);
COMMENT ON COLUMN alarm_definition.name IS 'NULL: from this moment there is no such alarm';
COMMENT ON COLUMN alarm_definition.condition IS 'what is watched, see docs/alarms.md; points by "line/key"';
COMMENT ON COLUMN alarm_definition.suppression IS 'what suppresses it by design: cause, stopped';

CREATE TABLE alarm_point (
    alarm_id   uuid NOT NULL,
    valid_from timestamptz NOT NULL,
    point_id   int NOT NULL REFERENCES point,
    PRIMARY KEY (alarm_id, valid_from, point_id),
    FOREIGN KEY (alarm_id, valid_from) REFERENCES alarm_definition
);
COMMENT ON TABLE alarm_point IS 'all points that a definition asks: whoever does not see them all does not see the alarm';
CREATE INDEX ON alarm_point (point_id);

CREATE TABLE alarm_occurrence (
    occurrence      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    alarm_id        uuid NOT NULL REFERENCES alarm,
    priority        text NOT NULL,
    raised_at       timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    is_late         boolean NOT NULL,
    raised_value    float8,
    limit_value     float8,
    cleared_at      timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by int REFERENCES account,
    CHECK (raised_at <= cleared_at)
);
COMMENT ON COLUMN alarm_occurrence.raised_at IS 'when it was so, by the time of the readings';
COMMENT ON COLUMN alarm_occurrence.is_late IS 'recorded when it had been so for a while: after an outage, or by data that came late';
CREATE INDEX ON alarm_occurrence (alarm_id, raised_at);
CREATE INDEX ON alarm_occurrence (raised_at, occurrence);
CREATE INDEX ON alarm_occurrence (alarm_id) WHERE cleared_at IS NULL;

CREATE TABLE alarm_state (
    alarm_id              uuid PRIMARY KEY REFERENCES alarm,
    state                 text NOT NULL CHECK (state IN (
        'normal', 'unacknowledged', 'acknowledged', 'returned_unacknowledged', 'latched_unacknowledged',
        'latched_acknowledged', 'shelved', 'suppressed', 'out_of_service')),
    since                 timestamptz NOT NULL,
    is_active             boolean NOT NULL,
    is_acknowledged       boolean NOT NULL,
    is_latched            boolean NOT NULL,
    occurrence            uuid REFERENCES alarm_occurrence,
    shelved_until         timestamptz,
    shelved_by            int REFERENCES account,
    shelved_reason        text,
    suppressed_by         text CHECK (suppressed_by IN ('stopped', 'maintenance', 'cause')),
    cause                 uuid REFERENCES alarm,
    out_of_service_by     int REFERENCES account,
    out_of_service_reason text
) WITH (fillfactor = 70);
COMMENT ON COLUMN alarm_state.occurrence IS 'the newest; NULL: it never was active';

CREATE TABLE alarm_event (
    event_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    sequence    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    alarm_id    uuid NOT NULL REFERENCES alarm,
    occurrence  uuid REFERENCES alarm_occurrence,
    kind        text NOT NULL CHECK (kind IN (
        'raised', 'cleared', 'acknowledged', 'reset', 'commented', 'shelved', 'unshelved', 'shelf_ended',
        'suppressed', 'unsuppressed', 'out_of_service', 'returned_to_service')),
    at          timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    priority    text NOT NULL,
    value       float8,
    is_late     boolean NOT NULL,
    state       text NOT NULL,
    account_id  int REFERENCES account,
    comment     text,
    group_id    uuid
);
COMMENT ON COLUMN alarm_event.state IS 'of the alarm afterwards';
COMMENT ON COLUMN alarm_event.sequence IS 'rises in the order of the commits: one process writes them';
COMMENT ON COLUMN alarm_event.group_id IS 'of what was raised together when shelves or suppressions ended: one sound, one message';
CREATE INDEX ON alarm_event (at, event_id);
CREATE INDEX ON alarm_event (alarm_id, at);

-- What people want done, until the process has done it.
CREATE TABLE alarm_act (
    act_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id   uuid NOT NULL REFERENCES alarm,
    occurrence uuid REFERENCES alarm_occurrence,
    kind       text NOT NULL CHECK (kind IN (
        'acknowledge', 'reset', 'comment', 'shelve', 'unshelve', 'ask_out_of_service',
        'approve_out_of_service', 'return_to_service')),
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    account_id int NOT NULL REFERENCES account,
    comment    text NOT NULL DEFAULT '' CHECK (length(comment) <= 1000),
    until      timestamptz,
    done_at    timestamptz,
    CHECK ((kind = 'shelve') = (until IS NOT NULL))
);
COMMENT ON COLUMN alarm_act.done_at IS 'NULL: waits for the process, or, of ask_out_of_service, for somebody who approves';
CREATE INDEX ON alarm_act (alarm_id) WHERE done_at IS NULL;
CREATE INDEX ON alarm_act (act_id) WHERE done_at IS NULL;

ALTER TABLE alarm ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_definition ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_point ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_occurrence ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_act ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON alarm_state, alarm_occurrence TO virtaama_ingest;
GRANT SELECT, INSERT ON alarm_event TO virtaama_ingest;
GRANT SELECT, UPDATE (done_at) ON alarm_act TO virtaama_ingest;
GRANT SELECT ON alarm, alarm_definition, alarm_point TO virtaama_ingest;
CREATE POLICY ingest ON alarm_state TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON alarm_occurrence TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON alarm_event TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON alarm_act TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON alarm FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON alarm_definition FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON alarm_point FOR SELECT TO virtaama_ingest USING (true);

-- Whoever follows alarms learns of each transaction that moves one, and of each act.
CREATE FUNCTION announce_alarm() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('virtaama_alarm', '');
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION announce_alarm() FROM PUBLIC;
CREATE TRIGGER announce AFTER INSERT ON alarm_event FOR EACH STATEMENT EXECUTE FUNCTION announce_alarm();
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON alarm_act FOR EACH STATEMENT EXECUTE FUNCTION announce_alarm();

CREATE VIEW alarm_definition_period AS
SELECT d.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY alarm_id ORDER BY valid_from) AS valid_to
FROM alarm_definition d;

-- When the transaction's viewer may see an alarm. Staff sees all; a company those of which all points stand on
-- the line of its own trial, while the trial lasts. What it compares itself with is not its own.
CREATE VIEW alarm_window AS
SELECT a.alarm_id, '-infinity'::timestamptz AS granted_from, 'infinity'::timestamptz AS granted_to, true AS is_staff
FROM alarm a, current_viewer v
WHERE v.sees_all
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

CREATE VIEW visible.alarm_definition WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM alarm_window)
SELECT d.alarm_id, s.key AS site, a.key, d.valid_from,
       CASE WHEN d.valid_to < w.until THEN d.valid_to ELSE 'infinity' END AS valid_to,
       d.name, d.priority, d.class, d.consequence, d.action, d.respond_within_s, d.condition,
       CASE WHEN w.is_staff THEN d.suppression END AS suppression,
       d.delay_on_s, d.delay_off_s, d.is_latching,
       (SELECT CASE WHEN count(*) = 1 THEN min(p.point_id) END FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from) AS point_id
FROM alarm_definition_period d
JOIN (SELECT alarm_id, max(granted_to) AS until, bool_or(is_staff) AS is_staff
      FROM seen GROUP BY alarm_id) w USING (alarm_id)
JOIN alarm a USING (alarm_id)
JOIN site s USING (site_id)
WHERE d.name IS NOT NULL AND EXISTS (
    SELECT FROM seen g
    WHERE g.alarm_id = d.alarm_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);
COMMENT ON COLUMN visible.alarm_definition.point_id IS 'NULL: it asks several';

CREATE VIEW visible.alarm_occurrence WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM alarm_window)
SELECT o.occurrence, o.alarm_id, s.key AS site, a.key, o.priority, d.name, d.point_id, o.raised_at, o.recorded_at,
       o.is_late, o.raised_value, o.limit_value, d.unit,
       CASE WHEN o.cleared_at < g.granted_to THEN o.cleared_at END AS cleared_at,
       CASE WHEN o.acknowledged_at < g.granted_to THEN o.acknowledged_at
            WHEN w.at < g.granted_to THEN w.at END AS acknowledged_at,
       CASE WHEN g.is_staff THEN coalesce(k.display_name, w.display_name) END AS acknowledged_by
FROM alarm_occurrence o
JOIN seen g ON g.alarm_id = o.alarm_id AND o.raised_at >= g.granted_from AND o.raised_at < g.granted_to
JOIN alarm a ON a.alarm_id = o.alarm_id
JOIN site s USING (site_id)
LEFT JOIN account k ON k.account_id = o.acknowledged_by
LEFT JOIN LATERAL (
    SELECT d.name, p.point_id, pd.unit
    FROM alarm_definition d
    LEFT JOIN LATERAL (
        SELECT CASE WHEN count(*) = 1 THEN min(point_id) END AS point_id FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from
    ) p ON true
    LEFT JOIN LATERAL (
        SELECT unit FROM point_definition pd
        WHERE pd.point_id = p.point_id AND pd.valid_from <= o.raised_at ORDER BY pd.valid_from DESC LIMIT 1
    ) pd ON true
    WHERE d.alarm_id = o.alarm_id AND d.name IS NOT NULL AND d.valid_from <= o.recorded_at
    ORDER BY d.valid_from DESC LIMIT 1
) d ON true
-- An act that waits counts on screens at once.
LEFT JOIN LATERAL (
    SELECT c.at, ca.display_name
    FROM alarm_act c
    JOIN alarm_occurrence co ON co.occurrence = c.occurrence
    JOIN account ca ON ca.account_id = c.account_id
    WHERE o.acknowledged_at IS NULL AND c.alarm_id = o.alarm_id AND c.kind = 'acknowledge'
      AND c.done_at IS NULL AND co.recorded_at >= o.recorded_at
    ORDER BY c.act_id LIMIT 1
) w ON true;

CREATE VIEW visible.alarm_event WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM alarm_window)
SELECT e.event_id, e.alarm_id, s.key AS site, a.key, e.occurrence, e.kind, e.at, e.recorded_at, e.priority, d.name,
       d.point_id, e.value, e.is_late, e.state,
       CASE WHEN g.is_staff THEN k.display_name END AS who,
       CASE WHEN g.is_staff THEN e.comment END AS comment,
       CASE WHEN g.is_staff THEN e.group_id END AS group_id
FROM alarm_event e
JOIN seen g ON g.alarm_id = e.alarm_id AND e.at >= g.granted_from AND e.at < g.granted_to
JOIN alarm a ON a.alarm_id = e.alarm_id
JOIN site s USING (site_id)
LEFT JOIN account k USING (account_id)
LEFT JOIN LATERAL (
    SELECT d.name, (
        SELECT CASE WHEN count(*) = 1 THEN min(p.point_id) END FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from
    ) AS point_id
    FROM alarm_definition d
    WHERE d.alarm_id = e.alarm_id AND d.name IS NOT NULL AND d.valid_from <= e.recorded_at
    ORDER BY d.valid_from DESC LIMIT 1
) d ON true
WHERE g.is_staff OR e.kind IN ('raised', 'cleared', 'acknowledged', 'reset');

-- Every alarm in force that the viewer may see now, with acts that wait counted as done.
CREATE VIEW visible.alarm WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM alarm_window)
SELECT a.alarm_id, s.key AS site, a.key, d.name, d.priority, d.class, p.point_id, l.key AS line, el.key AS element,
       d.consequence, d.action, d.respond_within_s, pd.unit,
       coalesce(t.state, 'normal') AS state, t.since, coalesce(t.is_active, false) AS is_active,
       coalesce(t.is_acknowledged, true) OR w.acknowledges AS is_acknowledged, o.occurrence, o.raised_at,
       o.recorded_at, o.cleared_at, o.raised_value, o.limit_value, o.is_late, o.acknowledged_at,
       CASE WHEN g.is_staff THEN ka.display_name END AS acknowledged_by, t.shelved_until,
       CASE WHEN g.is_staff THEN ks.display_name END AS shelved_by,
       CASE WHEN g.is_staff THEN t.shelved_reason END AS shelved_reason,
       CASE WHEN g.is_staff THEN t.suppressed_by END AS suppressed_by,
       CASE WHEN g.is_staff THEN c.key END AS cause,
       CASE WHEN g.is_staff THEN t.out_of_service_reason END AS out_of_service_reason,
       CASE WHEN g.is_staff THEN ko.display_name END AS out_of_service_by,
       CASE WHEN g.is_staff THEN asked.display_name END AS out_of_service_asked_by
FROM (SELECT DISTINCT alarm_id, is_staff FROM seen WHERE granted_from <= now() AND now() < granted_to) g
JOIN alarm a USING (alarm_id)
JOIN site s USING (site_id)
JOIN alarm_definition_period d ON d.alarm_id = a.alarm_id AND d.valid_to = 'infinity' AND d.name IS NOT NULL
LEFT JOIN alarm_state t ON t.alarm_id = a.alarm_id
LEFT JOIN alarm_occurrence o ON o.occurrence = t.occurrence AND EXISTS (
    SELECT FROM seen w
    WHERE w.alarm_id = o.alarm_id AND o.raised_at >= w.granted_from AND o.raised_at < w.granted_to
)
LEFT JOIN LATERAL (
    SELECT CASE WHEN count(*) = 1 THEN min(ap.point_id) END AS point_id, min(ap.point_id) AS any_id
    FROM alarm_point ap WHERE ap.alarm_id = d.alarm_id AND ap.valid_from = d.valid_from
) p ON true
LEFT JOIN LATERAL (
    SELECT unit FROM point_definition pd WHERE pd.point_id = p.point_id ORDER BY pd.valid_from DESC LIMIT 1
) pd ON true
LEFT JOIN point pt ON pt.point_id = p.any_id
LEFT JOIN line l ON l.line_id = pt.line_id
LEFT JOIN LATERAL (
    SELECT e.key FROM point_role r JOIN element e USING (element_id)
    WHERE r.point_id = p.point_id ORDER BY r.valid_from DESC LIMIT 1
) el ON true
LEFT JOIN account ka ON ka.account_id = o.acknowledged_by
LEFT JOIN account ks ON ks.account_id = t.shelved_by
LEFT JOIN account ko ON ko.account_id = t.out_of_service_by
LEFT JOIN alarm c ON c.alarm_id = t.cause
LEFT JOIN LATERAL (
    SELECT x.display_name FROM alarm_act k JOIN account x USING (account_id)
    WHERE k.alarm_id = a.alarm_id AND k.kind = 'ask_out_of_service' AND k.done_at IS NULL
    ORDER BY k.act_id LIMIT 1
) asked ON true
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM alarm_act k
        WHERE k.alarm_id = a.alarm_id AND k.kind = 'acknowledge' AND k.done_at IS NULL
          AND k.occurrence = t.occurrence
    ) AS acknowledges
) w;

GRANT SELECT ON visible.alarm, visible.alarm_definition, visible.alarm_occurrence, visible.alarm_event
    TO virtaama_viewer;
