-- The way in. Each of these functions needs a login or a token that the asker already has; who may call them has no
-- right to look into a table. Times, counts and lengths are bounded here, and the limits are named by the caller.

-- `open` is also true of a locked account that is asked for from a known device.
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

-- Who tries from many addresses writes p_limit lines an hour and no more: of an account, and of names that none has.
CREATE FUNCTION gate.log_sign_in_failed(p_account int, p_client text, p_way text, p_limit int)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    logged bigint;
BEGIN
    IF p_account IS NULL THEN
        SELECT count(*) INTO logged FROM access_log
        WHERE account_id IS NULL AND action = 'sign_in_failed' AND at > now() - INTERVAL '1 hour';
    ELSE
        SELECT count(*) INTO logged FROM access_log
        WHERE account_id = p_account AND action = 'sign_in_failed' AND at > now() - INTERVAL '1 hour';
    END IF;
    IF logged >= p_limit THEN
        RETURN false;
    END IF;
    INSERT INTO access_log (account_id, action, object, client)
    VALUES (p_account, 'sign_in_failed', left(p_way, 200), left(p_client, 100));
    RETURN true;
END
$$;

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

-- Opens a session unless the account was disabled or locked, or the code used, a moment ago. p_vouched lets in
-- although strangers have locked the account; p_way is 'oidc', or '' for a password.
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

-- Of an account's sessions the oldest end beyond p_limit; those that died a month ago leave.
CREATE FUNCTION gate.end_oldest_sessions(p_account int, p_limit int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    ended int;
BEGIN
    UPDATE account_session SET revoked_at = now() WHERE session_id IN (
        SELECT session_id FROM account_session
        WHERE account_id = p_account AND revoked_at IS NULL AND now() < expires_at
          AND now() < last_seen_at + idle_limit
        ORDER BY created_at DESC, session_id DESC OFFSET p_limit
    );
    GET DIAGNOSTICS ended = ROW_COUNT;
    DELETE FROM account_session
    WHERE account_id = p_account AND least(revoked_at, expires_at) < now() - INTERVAL '30 days';
    RETURN ended;
END
$$;

-- The account of a living session; remembers, at most twice a minute, that it was used. p_used is false for what
-- a page asks by itself: nobody need sit before it.
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

-- Gives the account of a living session a second factor, or takes it away (p_secret NULL). The step
-- of the code that proves it is used up. The account's other sessions end.
CREATE FUNCTION gate.set_second_factor(
    p_token_sha256 bytea, p_secret text, p_totp_step bigint, p_client text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    living record;
BEGIN
    SELECT * INTO living FROM gate.session(p_token_sha256);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE account a
    SET totp_secret = p_secret,
        totp_last_step = CASE WHEN p_secret IS NULL THEN NULL ELSE p_totp_step END
    WHERE a.account_id = living.account_id
      AND (a.totp_secret IS NULL) = (p_secret IS NOT NULL)
      AND (a.totp_secret IS NULL OR p_totp_step > coalesce(a.totp_last_step, -1));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE account_session s SET revoked_at = now()
    WHERE s.account_id = living.account_id AND s.session_id <> living.session_id
      AND s.revoked_at IS NULL;
    INSERT INTO access_log (account_id, action, client)
    VALUES (living.account_id,
            CASE WHEN p_secret IS NULL THEN 'second_factor_removed' ELSE 'second_factor_set' END,
            p_client);
    RETURN true;
END
$$;

-- The wall screen of a living token.
CREATE FUNCTION gate.device(p_token_sha256 bytea)
RETURNS TABLE (device_id int, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT d.device_id, d.name, d.role FROM public.device_token d
    WHERE d.token_sha256 = p_token_sha256 AND d.revoked_at IS NULL AND now() < d.expires_at;
END;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gate FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gate TO virtaama_gate;
