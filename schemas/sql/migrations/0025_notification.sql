-- Who is called when an alarm stands, and every message to them until it is handed over.

ALTER TABLE site ADD COLUMN country text CHECK (country ~ '^[A-Z]{2}$');
COMMENT ON COLUMN site.country IS 'ISO 3166-1, whose public holidays count; NULL: none do';
CREATE OR REPLACE VIEW visible.site WITH (security_barrier) AS
SELECT s.site_id, s.key, s.name, s.time_zone, s.country
FROM site s
WHERE s.site_id IN (SELECT site_id FROM viewer_site WHERE sees_all)
   OR s.site_id IN (SELECT l.site_id FROM line l JOIN point p USING (line_id) JOIN point_window g USING (point_id))
   OR s.site_id IN (SELECT l.site_id FROM line l JOIN trial_access t USING (line_id));

CREATE TABLE roster_week (
    site_id int NOT NULL REFERENCES site,
    week    date NOT NULL CHECK (extract(isodow FROM week) = 1),
    duty    int REFERENCES account,
    second  int REFERENCES account,
    PRIMARY KEY (site_id, week)
);
COMMENT ON COLUMN roster_week.week IS 'its Monday; NULL persons are a hole, which is told';

CREATE TABLE message (
    message_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    site_id        int NOT NULL REFERENCES site,
    unique_key     text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('alarm', 'summary', 'test', 'hole')),
    recipient      text NOT NULL,
    channel        int NOT NULL,
    subject        text NOT NULL,
    body           text NOT NULL,
    created_at     timestamptz NOT NULL,
    next_try_at    timestamptz NOT NULL,
    claimed_until  timestamptz,
    attempts       int NOT NULL DEFAULT 0,
    error          text,
    handed_over_at timestamptz,
    handed_over_by text,
    given_up_at    timestamptz,
    UNIQUE (site_id, unique_key),
    CHECK (num_nonnulls(handed_over_at, given_up_at) <= 1)
);
COMMENT ON TABLE message IS 'the outbox: each is handed over at least once, and not again after that';
COMMENT ON COLUMN message.recipient IS 'a login, as the file of the notifier has it';
COMMENT ON COLUMN message.channel IS 'which of the recipient''s channels in that file, from 0 on';
CREATE INDEX ON message (next_try_at) WHERE handed_over_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ON message (recipient, channel, created_at);

CREATE TABLE message_alarm (
    message_id uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    event_id   uuid NOT NULL REFERENCES alarm_event,
    level      int NOT NULL,
    recipient  text NOT NULL,
    channel    int NOT NULL,
    PRIMARY KEY (event_id, level, recipient, channel)
);
COMMENT ON COLUMN message_alarm.event_id IS 'what calls: an occurrence calls again when nobody puts it aside any more';
CREATE INDEX ON message_alarm (message_id);

CREATE TABLE message_link (
    token_sha256 bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
    message_id   uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    account_id   int NOT NULL REFERENCES account,
    occurrence   uuid NOT NULL REFERENCES alarm_occurrence,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX ON message_link (message_id);

CREATE INDEX ON alarm_event (occurrence, sequence)
    WHERE kind IN ('raised', 'shelf_ended', 'unsuppressed', 'returned_to_service');

-- What asks for somebody now, and since which event: nobody has acknowledged it, and it is not put aside. For the
-- notifier alone.
CREATE VIEW alarm_to_answer AS
SELECT s.key AS site, a.site_id, e.event_id, e.kind, e.recorded_at, e.group_id, o.occurrence, d.name, d.action,
       o.priority, o.raised_at, o.raised_value, o.is_late,
       (SELECT CASE WHEN count(*) = 1 THEN min(p.point_id) END FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from) AS point_id
FROM alarm_state t
JOIN alarm_occurrence o USING (occurrence)
JOIN LATERAL (
    SELECT c.event_id, c.kind, c.recorded_at, c.group_id FROM alarm_event c
    WHERE c.occurrence = t.occurrence AND c.kind IN ('raised', 'shelf_ended', 'unsuppressed', 'returned_to_service')
    ORDER BY c.sequence DESC LIMIT 1
) e ON true
JOIN alarm a ON a.alarm_id = t.alarm_id
JOIN site s USING (site_id)
JOIN alarm_definition_period d ON d.alarm_id = a.alarm_id AND d.valid_to = 'infinity' AND d.name IS NOT NULL
WHERE NOT t.is_acknowledged
  AND t.state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
  AND NOT EXISTS (SELECT FROM alarm_act k
                  WHERE k.occurrence = t.occurrence AND k.kind = 'acknowledge' AND k.done_at IS NULL);

-- Who can be on duty at a site.
CREATE VIEW roster_person AS
SELECT s.site_id, a.account_id, a.login, a.display_name
FROM account a
JOIN site s ON a.all_sites OR EXISTS (
    SELECT FROM account_site own WHERE own.account_id = a.account_id AND own.site_id = s.site_id)
WHERE a.disabled_at IS NULL AND a.role IN ('operator', 'engineer', 'administrator');

-- Who must not learn of a site's alarms, whatever a file says: an account that is not of its staff.
CREATE VIEW not_to_call AS
SELECT s.site_id, a.login FROM site s, account a
WHERE NOT EXISTS (SELECT FROM roster_person p WHERE p.site_id = s.site_id AND p.account_id = a.account_id);

ALTER TABLE roster_week ENABLE ROW LEVEL SECURITY;
ALTER TABLE message ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_alarm ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON roster_week FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON message TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON message_alarm TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON message_link TO virtaama_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON message, message_alarm, message_link TO virtaama_ingest;
GRANT SELECT ON roster_week, alarm_to_answer, roster_person, not_to_call TO virtaama_ingest;

-- Staff sees who is on duty; no row of this is a company's.
CREATE VIEW visible.roster_week WITH (security_barrier) AS
SELECT s.key AS site, r.week, d.login AS duty, d.display_name AS duty_name, n.login AS second,
       n.display_name AS second_name
FROM roster_week r
JOIN site s USING (site_id)
LEFT JOIN roster_person d ON d.account_id = r.duty AND d.site_id = r.site_id
LEFT JOIN roster_person n ON n.account_id = r.second AND n.site_id = r.site_id
JOIN viewer_site v ON v.site_id = r.site_id, current_viewer c
WHERE v.sees_all AND c.account_id IS NOT NULL;

CREATE VIEW visible.roster_person WITH (security_barrier) AS
SELECT s.key AS site, p.login, p.display_name
FROM roster_person p
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id), current_viewer c
WHERE v.sees_all AND c.account_id IS NOT NULL;

-- How the last messages went; neither their texts nor where they went to.
CREATE VIEW visible.message WITH (security_barrier) AS
SELECT s.key AS site, m.kind, m.recipient, m.created_at, m.attempts, m.handed_over_at, m.given_up_at
FROM message m
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id), current_viewer c
WHERE v.sees_all AND c.account_id IS NOT NULL;

GRANT SELECT ON visible.roster_week, visible.roster_person, visible.message TO virtaama_viewer;

-- Says who is on duty in a week. Raises insufficient_privilege, foreign_key_violation for whoever is unknown at the
-- site, be it a person of another one.
CREATE FUNCTION visible.set_roster_week(p_site text, p_week date, p_duty text, p_second text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_site int := (SELECT site_id FROM site WHERE key = p_site);
    v_duty int := (SELECT account_id FROM roster_person WHERE login = p_duty AND site_id = v_site);
    v_second int := (SELECT account_id FROM roster_person WHERE login = p_second AND site_id = v_site);
BEGIN
    IF v_site IS NULL OR NOT EXISTS (
        SELECT FROM viewer_site v
        WHERE v.site_id = v_site AND v.sees_all AND v.role IN ('engineer', 'administrator')
    ) THEN
        RAISE EXCEPTION 'this roster cannot be written' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (p_duty <> '' AND v_duty IS NULL) OR (p_second <> '' AND v_second IS NULL) THEN
        RAISE EXCEPTION 'no such person' USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO roster_week VALUES (v_site, p_week, v_duty, v_second)
    ON CONFLICT (site_id, week) DO UPDATE SET duty = excluded.duty, second = excluded.second;
END
$$;

-- As before, and also what was acknowledged before it was put aside, and calls again.
CREATE OR REPLACE FUNCTION visible.acknowledge_alarms(p_occurrences uuid[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    wanted record;
    person int;
    total int := 0;
BEGIN
    IF cardinality(p_occurrences) > 10000 THEN
        RAISE EXCEPTION 'more than 10000 at once' USING ERRCODE = 'data_exception';
    END IF;
    IF (SELECT count(*) FROM alarm_occurrence WHERE occurrence = ANY (p_occurrences))
       < (SELECT count(DISTINCT each) FROM unnest(p_occurrences) each) THEN
        RAISE EXCEPTION 'this alarm cannot be answered' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR wanted IN
        SELECT DISTINCT ON (o.alarm_id) o.alarm_id, o.occurrence
        FROM alarm_occurrence o
        WHERE o.occurrence = ANY (p_occurrences)
        ORDER BY o.alarm_id, o.recorded_at DESC, o.raised_at DESC
    LOOP
        person := hold_alarm(wanted.alarm_id, '{operator,engineer,administrator}');
        INSERT INTO alarm_act (alarm_id, occurrence, kind, account_id)
        SELECT wanted.alarm_id, wanted.occurrence, 'acknowledge', person
        WHERE (EXISTS (
            SELECT FROM alarm_occurrence o, alarm_occurrence mine
            WHERE mine.occurrence = wanted.occurrence AND o.alarm_id = wanted.alarm_id
              AND o.recorded_at <= mine.recorded_at AND o.acknowledged_at IS NULL
        ) OR EXISTS (
            SELECT FROM alarm_state t
            WHERE t.alarm_id = wanted.alarm_id AND t.occurrence = wanted.occurrence AND NOT t.is_acknowledged
        )) AND NOT EXISTS (
            SELECT FROM alarm_act k
            WHERE k.occurrence = wanted.occurrence AND k.kind = 'acknowledge' AND k.done_at IS NULL
        );
        IF FOUND THEN
            total := total + 1;
        END IF;
    END LOOP;
    RETURN total;
END
$$;

-- Acknowledges by the link of a message: once, in time, and only as the person to whom it was sent. Raises
-- insufficient_privilege for all other links and persons alike, object_not_in_prerequisite_state for one
-- that was used or is too old.
CREATE FUNCTION visible.answer_by_link(p_token_sha256 bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    link record;
BEGIN
    SELECT l.* INTO link FROM message_link l JOIN current_viewer v USING (account_id)
    WHERE l.token_sha256 = p_token_sha256 FOR UPDATE OF l;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such link' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF link.used_at IS NOT NULL OR link.expires_at <= now() THEN
        RAISE EXCEPTION 'the link is over' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM visible.acknowledge_alarms(ARRAY[link.occurrence]);
    UPDATE message_link SET used_at = now() WHERE message_id = link.message_id;
END
$$;
REVOKE EXECUTE ON FUNCTION visible.set_roster_week(text, date, text, text), visible.answer_by_link(bytea)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.set_roster_week(text, date, text, text), visible.answer_by_link(bytea)
    TO virtaama_viewer;
