-- What ingest must know of a message beside its bytes, and what it tells about what came.

ALTER TABLE quarantine
    ADD COLUMN retained boolean NOT NULL DEFAULT false,
    ADD COLUMN stream_order text;
COMMENT ON COLUMN quarantine.retained IS 'the broker had kept it: without a device time it is no reading, in a replay neither';
COMMENT ON COLUMN quarantine.stream_order IS 'JSON: how far its stream of local stamps had come, near the hour that clocks repeat';

CREATE TABLE stream (
    topic        text PRIMARY KEY,
    stream_order text NOT NULL,
    seen         timestamptz NOT NULL
);
COMMENT ON TABLE stream IS 'how far streams of local stamps have come near the hour that clocks repeat';

CREATE TABLE unread_value (
    site    text,
    mapping text,
    pointer text,
    topic   text NOT NULL,
    times   bigint NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site, mapping, pointer)
);
COMMENT ON TABLE unread_value IS 'what mapped payloads hold beside what their mappings read and ignore';

-- A row for each process and ten seconds, an hour of them: what arrives now, whatever time it is of.
CREATE TABLE arrival (
    bucket   timestamptz,
    backend  int,
    readings bigint NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, backend)
) WITH (fillfactor = 50);
COMMENT ON TABLE arrival IS 'readings that were stored, by the time of their reception';

GRANT SELECT, INSERT, UPDATE, DELETE ON stream, unread_value, arrival TO virtaama_ingest;
ALTER TABLE stream ENABLE ROW LEVEL SECURITY;
ALTER TABLE unread_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE arrival ENABLE ROW LEVEL SECURITY;
CREATE POLICY ingest ON stream TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON unread_value TO virtaama_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON arrival TO virtaama_ingest USING (true) WITH CHECK (true);
