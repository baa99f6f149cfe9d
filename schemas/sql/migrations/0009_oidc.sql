-- The way in through an OpenID Connect provider: to it, back from it, and into a session.

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
    SELECT a.account_id, a.totp_secret, a.disabled_at IS NULL
    FROM public.account a
    WHERE (a.oidc_issuer = p_issuer AND a.oidc_subject = p_subject)
       OR (a.oidc_subject IS NULL AND a.login = p_email)
    ORDER BY a.oidc_subject NULLS LAST LIMIT 1;
END;

-- Remembers who came back and owes a code.
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
    RETURNING d.account_id, d.issuer, d.subject, a.totp_secret, a.disabled_at IS NULL;
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

REVOKE EXECUTE ON FUNCTION
    gate.oidc_depart(bytea, text, text, text, text, interval, int),
    gate.oidc_return(bytea, text),
    gate.oidc_account(text, text, text),
    gate.oidc_ask_code(bytea, int, text, text, interval),
    gate.oidc_take_pending(bytea),
    gate.oidc_open_session(int, text, text, bytea, interval, interval, bigint, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    gate.oidc_depart(bytea, text, text, text, text, interval, int),
    gate.oidc_return(bytea, text),
    gate.oidc_account(text, text, text),
    gate.oidc_ask_code(bytea, int, text, text, interval),
    gate.oidc_take_pending(bytea),
    gate.oidc_open_session(int, text, text, bytea, interval, interval, bigint, text)
TO virtaama_gate;
