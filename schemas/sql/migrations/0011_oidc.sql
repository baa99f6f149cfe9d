-- Signing in through an OpenID Connect provider, and the second factor in a person's own hands.

ALTER TABLE account
    ADD COLUMN oidc_issuer text CHECK (length(oidc_issuer) BETWEEN 1 AND 300),
    ADD COLUMN oidc_subject text CHECK (length(oidc_subject) BETWEEN 1 AND 255),
    ADD CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL)),
    ADD UNIQUE (oidc_issuer, oidc_subject);
COMMENT ON COLUMN account.oidc_subject IS 'who this is to the provider oidc_issuer; NULL: not linked';
COMMENT ON COLUMN account.password_hash IS 'argon2id in its own text form; empty: no password fits';

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
ALTER TABLE oidc_departure ENABLE ROW LEVEL SECURITY;
ALTER TABLE oidc_pending ENABLE ROW LEVEL SECURITY;

-- The same as before, and the log tells by which way: 'oidc', or '' for a password.
DROP FUNCTION gate.sign_in_failed(int, text, int, interval);
CREATE FUNCTION gate.sign_in_failed(
    p_account int, p_client text, p_limit int, p_lock interval, p_way text DEFAULT ''
) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    UPDATE public.account a
    SET failed_attempts = CASE WHEN a.failed_attempts + 1 >= p_limit THEN 0
                               ELSE a.failed_attempts + 1 END,
        locked_until = CASE WHEN a.failed_attempts + 1 >= p_limit THEN now() + p_lock
                            ELSE a.locked_until END
    WHERE a.account_id = p_account;
    INSERT INTO public.access_log (account_id, action, object, client)
    VALUES (p_account, 'sign_in_failed', p_way, p_client);
END;

DROP FUNCTION gate.open_session(int, bytea, interval, interval, bigint, text);
CREATE FUNCTION gate.open_session(
    p_account int, p_token_sha256 bytea, p_lifetime interval, p_idle interval,
    p_totp_step bigint, p_client text, p_way text DEFAULT ''
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
    INSERT INTO access_log (account_id, action, object, client)
    VALUES (p_account, 'sign_in', p_way, p_client);
    RETURN true;
END
$$;

-- Remembers a departure; false if p_limit others are on their way.
CREATE FUNCTION gate.oidc_depart(
    p_token_sha256 bytea, p_state text, p_nonce text, p_code_verifier text, p_target text,
    p_lifetime interval, p_limit int
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM oidc_departure d WHERE d.expires_at <= now();
    INSERT INTO oidc_departure (token_sha256, state, nonce, code_verifier, target, expires_at)
    SELECT p_token_sha256, p_state, p_nonce, p_code_verifier, p_target, now() + p_lifetime
    WHERE (SELECT count(*) FROM oidc_departure) < p_limit;
    RETURN FOUND;
END
$$;

-- Takes a departure out: the browser's cookie and the provider's state must belong together.
CREATE FUNCTION gate.oidc_return(p_token_sha256 bytea, p_state text)
RETURNS TABLE (nonce text, code_verifier text, target text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    DELETE FROM public.oidc_departure d
    WHERE d.token_sha256 = p_token_sha256 AND d.state = p_state AND now() < d.expires_at
    RETURNING d.nonce, d.code_verifier, d.target;
END;

-- The account of a subject; one that is not linked to any is found by the verified address p_email.
CREATE FUNCTION gate.oidc_account(p_issuer text, p_subject text, p_email text)
RETURNS TABLE (account_id int, totp_secret text, open boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT a.account_id, a.totp_secret,
           a.disabled_at IS NULL AND coalesce(a.locked_until, '-infinity') <= now()
    FROM public.account a
    WHERE (a.oidc_issuer = p_issuer AND a.oidc_subject = p_subject)
       OR (a.oidc_subject IS NULL AND a.login = p_email)
    ORDER BY a.oidc_subject NULLS LAST LIMIT 1;
END;

CREATE FUNCTION gate.oidc_ask_code(
    p_token_sha256 bytea, p_account int, p_issuer text, p_subject text, p_lifetime interval
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM oidc_pending d WHERE d.expires_at <= now();
    INSERT INTO oidc_pending (token_sha256, account_id, issuer, subject, expires_at)
    VALUES (p_token_sha256, p_account, p_issuer, p_subject, now() + p_lifetime);
END
$$;

-- Takes out who owes a code: each may give one, and goes to the provider again for another try.
CREATE FUNCTION gate.oidc_take_pending(p_token_sha256 bytea)
RETURNS TABLE (account_id int, issuer text, subject text, totp_secret text, open boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    DELETE FROM public.oidc_pending d USING public.account a
    WHERE d.token_sha256 = p_token_sha256 AND now() < d.expires_at AND a.account_id = d.account_id
    RETURNING d.account_id, d.issuer, d.subject, a.totp_secret,
        a.disabled_at IS NULL AND coalesce(a.locked_until, '-infinity') <= now();
END;

-- Opens a session as a password does, and links the account if it was not linked before. A first
-- password that was not changed yet is void from then on: the provider vouches for the person.
CREATE FUNCTION gate.oidc_open_session(
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
                             'oidc') THEN
        RETURN false;
    END IF;
    IF linked.oidc_subject IS NULL THEN
        UPDATE account a SET oidc_issuer = p_issuer, oidc_subject = p_subject
        WHERE a.account_id = p_account;
        INSERT INTO access_log (account_id, action, object, client)
        VALUES (p_account, 'oidc_linked', 'verified e-mail', p_client);
    END IF;
    UPDATE account a SET password_hash = '', must_change_password = false
    WHERE a.account_id = p_account AND a.must_change_password;
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

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gate FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gate TO virtaama_gate;
