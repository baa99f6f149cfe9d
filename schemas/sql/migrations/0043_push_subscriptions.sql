-- Browsers in which somebody wants to be told of alarms (Web Push). Each is a channel of its person, ended by the
-- person, with the account, or when the push service says that it is gone.

CREATE TABLE push_subscription (
    subscription_id int PRIMARY KEY DEFAULT visible.drawn_id('push_subscription', 'subscription_id'),
    account_id      int NOT NULL REFERENCES account ON DELETE CASCADE,
    endpoint        text NOT NULL UNIQUE CHECK (endpoint ~ '^https://' AND length(endpoint) <= 1000),
    p256dh          bytea NOT NULL CHECK (length(p256dh) = 65),
    auth            bytea NOT NULL CHECK (length(auth) = 16),
    server_key      text NOT NULL CHECK (length(server_key) = 87),
    language        text NOT NULL CHECK (language IN ('fi', 'sv', 'en')),
    label           text NOT NULL CHECK (length(label) BETWEEN 1 AND 60),
    created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN push_subscription.endpoint IS 'where the push service takes messages for this browser: who knows it can name it';
COMMENT ON COLUMN push_subscription.p256dh IS 'the browser''s public key, for which messages are encrypted';
COMMENT ON COLUMN push_subscription.server_key IS 'our public key as the browser knows it: with another one nothing arrives';
COMMENT ON COLUMN push_subscription.label IS 'which browser on which system, for its person';
CREATE INDEX ON push_subscription (account_id);

ALTER TABLE message ADD COLUMN notice jsonb;
COMMENT ON COLUMN message.notice IS 'what a browser shows; NULL for other channels';
COMMENT ON COLUMN message.channel IS
    'which of the recipient''s channels in that file, from 0 on; below 0: a push_subscription, by its number';

-- As before, and where it is: the asset or stream of the point, else its line, else the site.
CREATE OR REPLACE VIEW alarm_to_answer AS
SELECT s.key AS site, a.site_id, e.event_id, e.kind, e.recorded_at, e.group_id, o.occurrence, d.name, d.action,
       o.priority, o.raised_at, o.raised_value, o.is_late,
       (SELECT CASE WHEN count(*) = 1 THEN min(p.point_id) END FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from) AS point_id,
       coalesce(w.name, s.name) AS place
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
LEFT JOIN LATERAL (
    SELECT coalesce(min(n.name::text), min(l.name::text))::jsonb AS name
    FROM alarm_point p
    JOIN point q USING (point_id)
    JOIN line l USING (line_id)
    LEFT JOIN point_role_period r ON r.point_id = p.point_id AND r.valid_to = 'infinity'
    LEFT JOIN element_definition n ON n.element_id = r.element_id AND n.name IS NOT NULL AND n.valid_from = (
        SELECT max(e.valid_from) FROM element_definition e WHERE e.element_id = n.element_id)
    WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from
    HAVING count(*) = 1
) w ON true
WHERE NOT t.is_acknowledged
  AND t.state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
  AND NOT EXISTS (SELECT FROM alarm_act k
                  WHERE k.occurrence = t.occurrence AND k.kind = 'acknowledge' AND k.done_at IS NULL);

-- Whose browsers are told of a site's alarms: those of its staff. For the notifier alone.
CREATE VIEW push_device AS
SELECT p.site_id, p.login, s.subscription_id, s.endpoint, s.p256dh, s.auth, s.server_key, s.language
FROM push_subscription s JOIN roster_person p USING (account_id);

ALTER TABLE push_subscription ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON push_subscription TO virtaama_ingest USING (true) WITH CHECK (false);
GRANT SELECT, DELETE ON push_subscription TO virtaama_ingest;
GRANT SELECT ON push_device TO virtaama_ingest;

-- A person's own; of the endpoint only a digest, by which a browser knows itself.
CREATE VIEW visible.push_subscription WITH (security_barrier) AS
SELECT s.subscription_id, s.label, s.created_at, s.server_key, encode(sha256(convert_to(s.endpoint, 'UTF8')), 'hex') AS digest
FROM push_subscription s JOIN current_viewer v USING (account_id);
GRANT SELECT ON visible.push_subscription TO virtaama_viewer;

-- Which account is closed, or is none of the staff any more, is told nothing more.
CREATE FUNCTION end_push_subscriptions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM push_subscription WHERE account_id = NEW.account_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION end_push_subscriptions() FROM PUBLIC;
CREATE TRIGGER end_push AFTER UPDATE OF disabled_at, role ON account FOR EACH ROW
    WHEN (NEW.disabled_at IS NOT NULL OR NEW.role NOT IN ('operator', 'engineer', 'administrator'))
    EXECUTE FUNCTION end_push_subscriptions();

CREATE OR REPLACE FUNCTION limit_of(p_name text) RETURNS int
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT least(coalesce(nullif(current_setting('virtaama.' || p_name, true), '')::int, c.ceiling), c.ceiling)
    FROM (VALUES ('note_characters', 4000), ('entry_characters', 20000), ('entries_per_hour', 1000),
                 ('entries_per_trial', 50000), ('entry_bytes_per_trial', 50000000),
                 ('actions_per_hour', 10000), ('push_devices_per_account', 100), ('push_devices', 10000)) c (name, ceiling)
    WHERE c.name = p_name;
END;

-- Lets the viewer be told of alarms in a browser; one that told somebody else before tells the viewer now. Raises
-- insufficient_privilege for who is none of the staff, configuration_limit_exceeded, check_violation.
CREATE FUNCTION visible.subscribe_push(
    p_endpoint text, p_p256dh bytea, p_auth bytea, p_server_key text, p_language text, p_label text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := (SELECT v.account_id FROM current_viewer v WHERE v.role IN ('operator', 'engineer', 'administrator'));
BEGIN
    IF person IS NULL THEN
        RAISE EXCEPTION 'only staff is told of alarms' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('virtaama.push'));
    DELETE FROM push_subscription WHERE endpoint = p_endpoint;
    PERFORM hold_limit('push_devices_per_account', (SELECT count(*) + 1 FROM push_subscription WHERE account_id = person));
    PERFORM hold_limit('push_devices', (SELECT count(*) + 1 FROM push_subscription));
    INSERT INTO push_subscription (account_id, endpoint, p256dh, auth, server_key, language, label)
    VALUES (person, p_endpoint, p_p256dh, p_auth, p_server_key, p_language, p_label);
END
$$;

-- Ends one of the viewer's own. Raises insufficient_privilege for any other, as for one that is not there.
CREATE FUNCTION visible.end_push(p_subscription int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM push_subscription s USING current_viewer v
    WHERE s.subscription_id = p_subscription AND v.account_id = s.account_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such subscription' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION visible.subscribe_push(text, bytea, bytea, text, text, text), visible.end_push(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.subscribe_push(text, bytea, bytea, text, text, text), visible.end_push(int)
    TO virtaama_viewer;
