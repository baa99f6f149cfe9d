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
ALTER TABLE known_device ENABLE ROW LEVEL SECURITY;

-- `open` is also true of a locked account that is asked for from a known device.
DROP FUNCTION gate.credentials(text);
CREATE FUNCTION gate.credentials(p_login text, p_device_sha256 bytea DEFAULT NULL)
RETURNS TABLE (account_id int, password_hash text, totp_secret text, known boolean, open boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT a.account_id, a.password_hash, a.totp_secret, d.account_id IS NOT NULL,
           a.disabled_at IS NULL
           AND (d.account_id IS NOT NULL OR coalesce(a.locked_until, '-infinity') <= now())
    FROM public.account a
    LEFT JOIN public.known_device d
        ON d.account_id = a.account_id AND d.token_sha256 = p_device_sha256
    WHERE a.login = p_login;
END;

-- Counts a failure: of a known device against the device, which is forgotten at p_limit in a row; else
-- against the account, which is locked for p_lock. The log entry is a transaction of its own.
DROP FUNCTION gate.sign_in_failed(int, text, int, interval, text);
CREATE FUNCTION gate.sign_in_failed(
    p_account int, p_device_sha256 bytea, p_limit int, p_lock interval
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE known_device d SET failed_attempts = d.failed_attempts + 1
    WHERE d.account_id = p_account AND d.token_sha256 = p_device_sha256;
    IF FOUND THEN
        DELETE FROM known_device d
        WHERE d.account_id = p_account AND d.token_sha256 = p_device_sha256
          AND d.failed_attempts >= p_limit;
        RETURN;
    END IF;
    UPDATE account a
    SET failed_attempts = CASE WHEN a.failed_attempts + 1 >= p_limit THEN 0
                               ELSE a.failed_attempts + 1 END,
        locked_until = CASE WHEN a.failed_attempts + 1 >= p_limit THEN now() + p_lock
                            ELSE a.locked_until END
    WHERE a.account_id = p_account;
END
$$;

CREATE FUNCTION gate.log_sign_in_failed(p_account int, p_client text, p_way text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    INSERT INTO public.access_log (account_id, action, object, client)
    VALUES (p_account, 'sign_in_failed', left(p_way, 200), left(p_client, 100));
END;

-- Remembers a browser; of those of an account that were used least lately, more than p_limit are forgotten.
CREATE FUNCTION gate.remember_device(p_account int, p_device_sha256 bytea, p_limit int) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO known_device AS d (account_id, token_sha256) VALUES (p_account, p_device_sha256)
    ON CONFLICT (account_id, token_sha256) DO UPDATE SET failed_attempts = 0, last_used_at = now();
    DELETE FROM known_device d
    WHERE d.account_id = p_account AND d.token_sha256 IN (
        SELECT o.token_sha256 FROM known_device o WHERE o.account_id = p_account
        ORDER BY o.last_used_at DESC, o.token_sha256 OFFSET p_limit
    );
END
$$;

-- As before; p_vouched lets in although strangers have locked the account.
DROP FUNCTION gate.open_session(int, bytea, interval, interval, bigint, text, text);
CREATE FUNCTION gate.open_session(
    p_account int, p_token_sha256 bytea, p_lifetime interval, p_idle interval,
    p_totp_step bigint, p_client text, p_vouched boolean, p_way text DEFAULT ''
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE account a
    SET failed_attempts = 0, totp_last_step = coalesce(p_totp_step, a.totp_last_step)
    WHERE a.account_id = p_account AND a.disabled_at IS NULL
      AND (p_vouched OR coalesce(a.locked_until, '-infinity') <= now())
      AND (a.totp_secret IS NULL OR p_totp_step > coalesce(a.totp_last_step, -1));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO account_session (token_sha256, account_id, expires_at, idle_limit)
    VALUES (p_token_sha256, p_account, now() + p_lifetime, p_idle);
    INSERT INTO access_log (account_id, action, object, client)
    VALUES (p_account, 'sign_in', p_way, left(p_client, 100));
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION gate.oidc_account(p_issuer text, p_subject text, p_email text)
RETURNS TABLE (account_id int, totp_secret text, open boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT a.account_id, a.totp_secret, a.disabled_at IS NULL
    FROM public.account a
    WHERE (a.oidc_issuer = p_issuer AND a.oidc_subject = p_subject)
       OR (a.oidc_subject IS NULL AND a.login = p_email)
    ORDER BY a.oidc_subject NULLS LAST LIMIT 1;
END;

CREATE OR REPLACE FUNCTION gate.oidc_take_pending(p_token_sha256 bytea)
RETURNS TABLE (account_id int, issuer text, subject text, totp_secret text, open boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    DELETE FROM public.oidc_pending d USING public.account a
    WHERE d.token_sha256 = p_token_sha256 AND now() < d.expires_at AND a.account_id = d.account_id
    RETURNING d.account_id, d.issuer, d.subject, a.totp_secret, a.disabled_at IS NULL;
END;

CREATE OR REPLACE FUNCTION gate.oidc_open_session(
    p_account int, p_issuer text, p_subject text, p_token_sha256 bytea, p_lifetime interval,
    p_idle interval, p_totp_step bigint, p_client text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    linked record;
BEGIN
    SELECT a.oidc_issuer, a.oidc_subject INTO linked FROM account a
    WHERE a.account_id = p_account FOR UPDATE;
    IF linked.oidc_subject IS NOT NULL
       AND (linked.oidc_issuer, linked.oidc_subject) <> (p_issuer, p_subject) THEN
        RETURN false;
    END IF;
    IF NOT gate.open_session(p_account, p_token_sha256, p_lifetime, p_idle, p_totp_step, p_client,
                             true, 'oidc') THEN
        RETURN false;
    END IF;
    IF linked.oidc_subject IS NULL THEN
        UPDATE account a SET oidc_issuer = p_issuer, oidc_subject = p_subject
        WHERE a.account_id = p_account;
        INSERT INTO access_log (account_id, action, object, client)
        VALUES (p_account, 'oidc_linked', 'verified e-mail', left(p_client, 100));
    END IF;
    UPDATE account a SET password_hash = '', must_change_password = false
    WHERE a.account_id = p_account AND a.must_change_password;
    RETURN true;
END
$$;


-- As before; p_used is false for what a page asks by itself: nobody need sit before it.
DROP FUNCTION gate.session(bytea);
CREATE FUNCTION gate.session(p_token_sha256 bytea, p_used boolean DEFAULT true)
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
    IF p_used AND living.last_seen_at < now() - INTERVAL '30 seconds' THEN
        UPDATE account_session s SET last_seen_at = now() WHERE s.session_id = living.session_id;
    END IF;
    RETURN QUERY SELECT living.session_id, living.account_id, living.login,
                        living.display_name, living.role, living.company,
                        living.must_change_password, living.expires_at;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gate FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gate TO virtaama_gate;
