-- Who signs in: companies, accounts, sessions, wall screens. Secrets are kept as hashes, and no role is granted
-- these tables: the app asks through the functions of schema `gate`.

CREATE TABLE company (
    company_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE,
    name       text NOT NULL
);

CREATE TABLE account (
    account_id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login                text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@+-]{1,119}$'),
    display_name         text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 120),
    role                 text NOT NULL
        CHECK (role IN ('operator', 'engineer', 'administrator', 'company_member', 'guest')),
    company_id           int REFERENCES company,
    password_hash        text NOT NULL,
    must_change_password boolean NOT NULL DEFAULT true,
    oidc_issuer          text CHECK (length(oidc_issuer) BETWEEN 1 AND 300),
    oidc_subject         text CHECK (length(oidc_subject) BETWEEN 1 AND 255),
    totp_secret          text,
    totp_last_step       bigint,
    failed_attempts      int NOT NULL DEFAULT 0,
    locked_until         timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    disabled_at          timestamptz,
    UNIQUE (oidc_issuer, oidc_subject),
    CHECK ((role = 'company_member') = (company_id IS NOT NULL)),
    CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL))
);
COMMENT ON COLUMN account.password_hash IS 'argon2id in its own text form; empty: no password fits';
COMMENT ON COLUMN account.oidc_subject IS 'who this is to the provider oidc_issuer; NULL: not linked';
COMMENT ON COLUMN account.totp_last_step IS 'a code of this step or an earlier one was used already';

CREATE TABLE account_session (
    session_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    account_id   int NOT NULL REFERENCES account,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    idle_limit   interval NOT NULL,
    revoked_at   timestamptz
);
CREATE INDEX account_session_account ON account_session (account_id, created_at);
CREATE INDEX account_session_open ON account_session (account_id) WHERE revoked_at IS NULL;

-- Guessing at an account closes it for strangers, and not for its owner, who signs in from a browser that
-- was let in before or through a provider that vouches.
CREATE TABLE known_device (
    account_id      int NOT NULL REFERENCES account,
    token_sha256    bytea NOT NULL CHECK (length(token_sha256) = 32),
    failed_attempts int NOT NULL DEFAULT 0,
    last_used_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, token_sha256)
);
COMMENT ON TABLE known_device IS 'browsers from which an account was signed in to';
COMMENT ON COLUMN known_device.token_sha256 IS 'of a cookie that the browser keeps';

CREATE TABLE device_token (
    device_id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 120),
    token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    role         text NOT NULL CHECK (role IN ('control_room', 'lobby')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);
COMMENT ON COLUMN device_token.role IS
    'read only; control_room sees what an operator sees, lobby the points of main lines';

-- Who went to the provider and has not come back. A row is good for one return.
CREATE TABLE oidc_departure (
    token_sha256  bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
    state         text NOT NULL CHECK (length(state) BETWEEN 16 AND 200),
    nonce         text NOT NULL CHECK (length(nonce) BETWEEN 16 AND 200),
    code_verifier text NOT NULL CHECK (length(code_verifier) BETWEEN 43 AND 128),
    target        text NOT NULL CHECK (length(target) <= 500),
    expires_at    timestamptz NOT NULL
);
CREATE INDEX oidc_departure_expiry ON oidc_departure (expires_at);
COMMENT ON COLUMN oidc_departure.token_sha256 IS 'of the cookie of the browser that left';

-- Who came back with a proof and still owes the code of the second factor. A row is good for one code.
CREATE TABLE oidc_pending (
    token_sha256 bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
    account_id   int NOT NULL REFERENCES account,
    issuer       text NOT NULL,
    subject      text NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX oidc_pending_expiry ON oidc_pending (expires_at);

ALTER TABLE company ENABLE ROW LEVEL SECURITY;
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE known_device ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE oidc_departure ENABLE ROW LEVEL SECURITY;
ALTER TABLE oidc_pending ENABLE ROW LEVEL SECURITY;
