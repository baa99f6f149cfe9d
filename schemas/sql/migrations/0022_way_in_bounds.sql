-- What strangers and guests bring into the tables of the way in does not grow without end.

-- Who tries from many addresses writes so many lines an hour and no more: of an account, and of names that none has.
CREATE INDEX access_log_failures ON access_log (account_id, at) WHERE action = 'sign_in_failed';
DROP FUNCTION gate.log_sign_in_failed(int, text, text);
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
CREATE INDEX account_session_account ON account_session (account_id, created_at);
REVOKE EXECUTE ON FUNCTION gate.log_sign_in_failed(int, text, text, int),
    gate.end_oldest_sessions(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gate.log_sign_in_failed(int, text, text, int),
    gate.end_oldest_sessions(int, int) TO virtaama_gate;
