-- How each process of the ingest is, as it tells itself: its connection to the broker, and its spool. One row for each
-- name at the broker, written again and again; a name that was given up goes after a month.

CREATE TABLE ingest_state (
    client_id         text PRIMARY KEY,
    told_at           timestamptz NOT NULL,
    broker_since      timestamptz,
    broker_lost_at    timestamptz,
    broker_reason     text,
    outages           int NOT NULL,
    spool_messages    bigint,
    spool_bytes       bigint,
    spool_limit_bytes bigint,
    spool_since       timestamptz,
    refused           bigint NOT NULL,
    damaged           bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE ingest_state IS 'how each process of the ingest is, as it told last';
COMMENT ON COLUMN ingest_state.broker_since IS 'NULL: there is no connection to the broker';
COMMENT ON COLUMN ingest_state.broker_lost_at IS 'when the connection was lost last, since the process began';
COMMENT ON COLUMN ingest_state.broker_reason IS 'why, in the words of the broker or the system';
COMMENT ON COLUMN ingest_state.outages IS 'how often it was lost since the process began';
COMMENT ON COLUMN ingest_state.spool_messages IS 'what waits on the disk; NULL: there is no spool';
COMMENT ON COLUMN ingest_state.spool_since IS 'since when something waits; NULL: nothing does';
COMMENT ON COLUMN ingest_state.refused IS 'messages of guests for which there was no room, since the process began';
COMMENT ON COLUMN ingest_state.damaged IS 'messages that the disk gave back changed, since the process began';

ALTER TABLE ingest_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON ingest_state TO virtaama_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ingest_state TO virtaama_ingest;

CREATE VIEW visible.ingest_state WITH (security_barrier) AS
SELECT client_id, told_at, broker_since, broker_lost_at, broker_reason, outages, spool_messages, spool_bytes,
       spool_limit_bytes, spool_since, refused, damaged
FROM ingest_state
WHERE EXISTS (SELECT FROM viewer_topic_site);
COMMENT ON VIEW visible.ingest_state IS 'for whoever sees all of a site: companies and guests see none';
GRANT SELECT ON visible.ingest_state TO virtaama_viewer;
