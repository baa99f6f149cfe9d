-- Who signs in. Secrets are kept as hashes, and no role is granted these tables: the app asks through
-- the functions of schema `gate`, each of which needs a login or a token that the asker already has.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_gate') THEN
        CREATE ROLE virtaama_gate NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_dashboard') THEN
        CREATE ROLE virtaama_dashboard NOLOGIN;
    END IF;
END
$$;
-- The dashboard's login may become either, and has no right of its own.
GRANT virtaama_viewer, virtaama_gate TO virtaama_dashboard WITH INHERIT FALSE, SET TRUE;

CREATE TABLE account (
    account_id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login                text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@+-]{1,119}$'),
    display_name         text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 120),
    role                 text NOT NULL
        CHECK (role IN ('operator', 'engineer', 'administrator', 'company_member', 'guest')),
    company_id           int REFERENCES company,
    password_hash        text NOT NULL,
    must_change_password boolean NOT NULL DEFAULT true,
    totp_secret          text,
    totp_last_step       bigint,
    failed_attempts      int NOT NULL DEFAULT 0,
    locked_until         timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    disabled_at          timestamptz,
    CHECK ((role = 'company_member') = (company_id IS NOT NULL))
);
COMMENT ON COLUMN account.password_hash IS 'argon2id in its own text form';
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
CREATE INDEX account_session_open ON account_session (account_id) WHERE revoked_at IS NULL;

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
CREATE INDEX access_log_trial ON access_log (trial_id, at) WHERE trial_id IS NOT NULL;
COMMENT ON COLUMN access_log.account_id IS 'NULL: a device, or nobody we know';
COMMENT ON COLUMN access_log.client IS 'network address';

CREATE SCHEMA gate;
GRANT USAGE ON SCHEMA gate TO virtaama_gate;
ALTER DEFAULT PRIVILEGES IN SCHEMA gate REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE FUNCTION gate.credentials(p_login text)
RETURNS TABLE (account_id int, password_hash text, totp_secret text, open boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT a.account_id, a.password_hash, a.totp_secret,
           a.disabled_at IS NULL AND coalesce(a.locked_until, '-infinity') <= now()
    FROM public.account a WHERE a.login = p_login;
END;

-- Counts a failure; at p_limit of them in a row the account is locked for p_lock.
CREATE FUNCTION gate.sign_in_failed(p_account int, p_client text, p_limit int, p_lock interval)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    UPDATE public.account a
    SET failed_attempts = CASE WHEN a.failed_attempts + 1 >= p_limit THEN 0
                               ELSE a.failed_attempts + 1 END,
        locked_until = CASE WHEN a.failed_attempts + 1 >= p_limit THEN now() + p_lock
                            ELSE a.locked_until END
    WHERE a.account_id = p_account;
    INSERT INTO public.access_log (account_id, action, client)
    VALUES (p_account, 'sign_in_failed', p_client);
END;

-- Opens a session unless the account was disabled or locked, or the code used, a moment ago.
CREATE FUNCTION gate.open_session(
    p_account int, p_token_sha256 bytea, p_lifetime interval, p_idle interval,
    p_totp_step bigint, p_client text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE account a
    SET failed_attempts = 0, totp_last_step = coalesce(p_totp_step, a.totp_last_step)
    WHERE a.account_id = p_account AND a.disabled_at IS NULL
      AND coalesce(a.locked_until, '-infinity') <= now()
      AND (a.totp_secret IS NULL OR p_totp_step > coalesce(a.totp_last_step, -1));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO account_session (token_sha256, account_id, expires_at, idle_limit)
    VALUES (p_token_sha256, p_account, now() + p_lifetime, p_idle);
    INSERT INTO access_log (account_id, action, client) VALUES (p_account, 'sign_in', p_client);
    RETURN true;
END
$$;

-- The account of a living session; remembers, at most twice a minute, that it was used.
CREATE FUNCTION gate.session(p_token_sha256 bytea)
RETURNS TABLE (
    session_id bigint, account_id int, login text, display_name text, role text, company text,
    must_change_password boolean, expires_at timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    living record;
BEGIN
    SELECT s.session_id, s.last_seen_at, a.account_id, a.login, a.display_name, a.role,
           c.key AS company, a.must_change_password,
           least(s.expires_at, now() + s.idle_limit) AS expires_at
    INTO living
    FROM account_session s
    JOIN account a USING (account_id)
    LEFT JOIN company c USING (company_id)
    WHERE s.token_sha256 = p_token_sha256 AND s.revoked_at IS NULL AND a.disabled_at IS NULL
      AND now() < s.expires_at AND now() < s.last_seen_at + s.idle_limit;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF living.last_seen_at < now() - INTERVAL '30 seconds' THEN
        UPDATE account_session s SET last_seen_at = now() WHERE s.session_id = living.session_id;
    END IF;
    RETURN QUERY SELECT living.session_id, living.account_id, living.login,
                        living.display_name, living.role, living.company, living.must_change_password, living.expires_at;
END
$$;

CREATE FUNCTION gate.close_session(p_token_sha256 bytea, p_client text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    owner int;
BEGIN
    UPDATE account_session s SET revoked_at = now()
    WHERE s.token_sha256 = p_token_sha256 AND s.revoked_at IS NULL
    RETURNING s.account_id INTO owner;
    IF FOUND THEN
        INSERT INTO access_log (account_id, action, client) VALUES (owner, 'sign_out', p_client);
    END IF;
END
$$;

-- Takes the new password of the account of a living session and ends its other sessions.
CREATE FUNCTION gate.change_password(p_token_sha256 bytea, p_hash text, p_client text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    living record;
BEGIN
    SELECT * INTO living FROM gate.session(p_token_sha256);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE account a SET password_hash = p_hash, must_change_password = false
    WHERE a.account_id = living.account_id;
    UPDATE account_session s SET revoked_at = now()
    WHERE s.account_id = living.account_id AND s.session_id <> living.session_id
      AND s.revoked_at IS NULL;
    INSERT INTO access_log (account_id, action, client)
    VALUES (living.account_id, 'password_changed', p_client);
    RETURN true;
END
$$;

CREATE FUNCTION gate.device(p_token_sha256 bytea)
RETURNS TABLE (device_id int, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT d.device_id, d.name, d.role FROM public.device_token d
    WHERE d.token_sha256 = p_token_sha256 AND d.revoked_at IS NULL AND now() < d.expires_at;
END;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gate FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gate TO virtaama_gate;
