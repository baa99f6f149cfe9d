-- Whether a name has an account was told by the clock: a failure that is counted was one commit more to wait for, and
-- one that is not logged any more one less. Each is one commit now, whatever the name.
CREATE OR REPLACE FUNCTION gate.sign_in_failed(
    p_account integer, p_device_sha256 bytea, p_limit integer, p_lock interval
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF p_account IS NULL THEN
        PERFORM pg_logical_emit_message(true, 'virtaama', '');
        RETURN;
    END IF;
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

CREATE OR REPLACE FUNCTION gate.log_sign_in_failed(
    p_account integer, p_client text, p_way text, p_limit integer
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
        PERFORM pg_logical_emit_message(true, 'virtaama', '');
        RETURN false;
    END IF;
    INSERT INTO access_log (account_id, action, object, client)
    VALUES (p_account, 'sign_in_failed', left(p_way, 200), left(p_client, 100));
    RETURN true;
END
$$;

-- Of a trial or a point that the viewer does not see it tells nothing, as all else that viewers may call.
CREATE OR REPLACE FUNCTION visible.is_of_trial_site(trial integer, point integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT visible.sees_trial(is_of_trial_site.trial) AND visible.sees_point(is_of_trial_site.point) AND EXISTS (
        SELECT FROM trial t JOIN line tl ON tl.line_id = t.line_id, point p JOIN line pl ON pl.line_id = p.line_id
        WHERE t.trial_id = is_of_trial_site.trial AND p.point_id = is_of_trial_site.point AND pl.site_id = tl.site_id
    );
END;
