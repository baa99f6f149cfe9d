-- Who tests what on which line, what is written about it, and who did what. A trial itself can be changed until it
-- begins; everything else here is only ever added to: a correction is a row that replaces another one.

-- A trial's number stands in its address. Counted up, it would tell each company how many trials others have.
CREATE FUNCTION visible.drawn_trial_id() RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    drawn int;
BEGIN
    LOOP
        drawn := 100000000 + floor(random() * 900000000)::int;
        EXIT WHEN NOT EXISTS (SELECT FROM trial WHERE trial_id = drawn);
    END LOOP;
    RETURN drawn;
END
$$;
COMMENT ON FUNCTION visible.drawn_trial_id IS 'nine digits that no trial has';
REVOKE EXECUTE ON FUNCTION visible.drawn_trial_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.drawn_trial_id() TO virtaama_viewer;

CREATE TABLE trial (
    trial_id      int PRIMARY KEY DEFAULT visible.drawn_trial_id(),
    line_id       int NOT NULL REFERENCES line,
    company_id    int NOT NULL REFERENCES company,
    key           text NOT NULL,
    name          jsonb NOT NULL,
    source_stream text NOT NULL
        CHECK (source_stream IN ('raw', 'primary_effluent', 'permeate', 'reject', 'sludge')),
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    access_until  timestamptz,
    embargo_until timestamptz,
    verified      boolean NOT NULL,
    managed_by    text NOT NULL DEFAULT 'site_file' CHECK (managed_by IN ('site_file', 'app')),
    retired_at    timestamptz,
    UNIQUE (line_id, key),
    CHECK (starts_at < ends_at),
    CHECK (access_until >= ends_at)
);
COMMENT ON COLUMN trial.access_until IS 'until then the company may read its data; NULL: until ends_at';
COMMENT ON COLUMN trial.retired_at IS 'since then it stands in the site file no more';

CREATE TABLE trial_point (
    trial_id int NOT NULL REFERENCES trial,
    point_id int NOT NULL REFERENCES point,
    PRIMARY KEY (trial_id, point_id)
);

CREATE TABLE trial_guest (
    trial_id      int NOT NULL REFERENCES trial,
    account_id    int NOT NULL REFERENCES account,
    from_at       timestamptz NOT NULL DEFAULT now(),
    until_at      timestamptz NOT NULL,
    under_embargo boolean NOT NULL DEFAULT false,
    PRIMARY KEY (trial_id, account_id),
    CHECK (from_at < until_at)
);
COMMENT ON COLUMN trial_guest.under_embargo IS 'the company lets this guest in before its embargo ends';

CREATE TABLE trial_entry (
    entry_id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id  uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    trial_id   int NOT NULL REFERENCES trial,
    kind       text NOT NULL
        CHECK (kind IN ('protocol', 'phase', 'batch', 'log', 'end', 'revoke')),
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body       text NOT NULL DEFAULT '' CHECK (length(body) <= 20000),
    from_at    timestamptz NOT NULL,
    to_at      timestamptz CHECK (to_at > from_at),
    replaces   int REFERENCES trial_entry,
    account_id int NOT NULL REFERENCES account,
    written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trial_entry_trial ON trial_entry (trial_id, kind);
CREATE INDEX trial_entry_time ON trial_entry (trial_id, from_at, entry_id);
CREATE INDEX trial_entry_replaces ON trial_entry (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX trial_entry_author ON trial_entry (account_id, written_at);
COMMENT ON COLUMN trial_entry.public_id IS 'what pages call it; a number would tell how much others write';
COMMENT ON COLUMN trial_entry.kind IS
    'end: no data from from_at on; revoke: no access from from_at on, whatever was agreed';

CREATE TABLE note (
    note_id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id  uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    trial_id   int REFERENCES trial,
    point_id   int REFERENCES point,
    from_at    timestamptz NOT NULL,
    to_at      timestamptz CHECK (to_at > from_at),
    body       text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    replaces   int REFERENCES note,
    account_id int NOT NULL REFERENCES account,
    written_at timestamptz NOT NULL DEFAULT now(),
    CHECK (trial_id IS NOT NULL OR point_id IS NOT NULL)
);
CREATE INDEX note_time ON note (trial_id, from_at, note_id) WHERE trial_id IS NOT NULL;
CREATE INDEX note_point ON note (point_id) WHERE point_id IS NOT NULL;
CREATE INDEX note_replaces ON note (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX note_author ON note (account_id, written_at);
COMMENT ON COLUMN note.public_id IS 'what pages call it; a number would tell how much others write';
COMMENT ON COLUMN note.trial_id IS 'NULL: a note of the plant, which only its staff sees';

CREATE TABLE withdrawal (
    note_id    int UNIQUE REFERENCES note,
    entry_id   int UNIQUE REFERENCES trial_entry,
    reason     text NOT NULL CHECK (length(reason) <= 200),
    account_id int NOT NULL REFERENCES account,
    written_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(note_id, entry_id) = 1)
);
COMMENT ON TABLE withdrawal IS 'notes and entries that do not count any more; what they had replaced counts again';
COMMENT ON COLUMN withdrawal.reason IS 'empty: its author undid it at once';

CREATE TABLE access_log (
    entry_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    account_id int REFERENCES account,
    device_id  int REFERENCES device_token,
    action     text NOT NULL CHECK (action ~ '^[a-z_]{1,40}$'),
    object     text NOT NULL DEFAULT '' CHECK (length(object) <= 200),
    trial_id   int REFERENCES trial,
    detail     jsonb NOT NULL DEFAULT '{}' CHECK (pg_column_size(detail) <= 4000),
    client     text CHECK (length(client) <= 100)
);
CREATE INDEX access_log_account ON access_log (account_id, at);
CREATE INDEX access_log_device ON access_log (device_id, at) WHERE device_id IS NOT NULL;
CREATE INDEX access_log_failures ON access_log (account_id, at) WHERE action = 'sign_in_failed';
CREATE INDEX access_log_trial ON access_log (trial_id, at) WHERE trial_id IS NOT NULL;
COMMENT ON COLUMN access_log.account_id IS 'NULL: a device, or nobody we know';
COMMENT ON COLUMN access_log.client IS 'network address';

ALTER TABLE trial ENABLE ROW LEVEL SECURITY;
ALTER TABLE trial_point ENABLE ROW LEVEL SECURITY;
ALTER TABLE trial_guest ENABLE ROW LEVEL SECURITY;
ALTER TABLE trial_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
ALTER TABLE withdrawal ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_log ENABLE ROW LEVEL SECURITY;
