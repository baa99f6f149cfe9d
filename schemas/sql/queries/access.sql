-- Who looks. The first nineteen run as virtaama_gate, before a viewer is known; the others as the viewer.

-- name: credentials
SELECT account_id, password_hash, totp_secret, known, open
FROM gate.credentials(%(login)s, %(device_sha256)s);

-- name: sign_in_failed
SELECT gate.sign_in_failed(%(account)s::int, %(device_sha256)s, %(limit)s::int, %(lock)s) IS NULL
    AS counted;

-- name: log_sign_in_failed
SELECT gate.log_sign_in_failed(%(account)s::int, %(client)s, %(way)s, %(limit)s::int) AS logged;

-- name: remember_device
SELECT gate.remember_device(%(account)s::int, %(device_sha256)s, %(limit)s::int) IS NULL
    AS remembered;

-- name: open_session
SELECT gate.open_session(
    %(account_id)s::int, %(token_sha256)s, %(lifetime)s, %(idle)s, %(totp_step)s::bigint, %(client)s,
    %(vouched)s
) AS opened;

-- name: end_oldest_sessions
SELECT gate.end_oldest_sessions(%(account)s::int, %(limit)s::int) AS ended;

-- name: session
SELECT session_id, account_id, login, display_name, role, company, must_change_password, expires_at
FROM gate.session(%(token_sha256)s, %(used)s);

-- name: site_language
SELECT gate.site_language() AS language;

-- name: close_session
SELECT gate.close_session(%(token_sha256)s, %(client)s) IS NULL AS closed;

-- name: change_password
SELECT gate.change_password(%(token_sha256)s, %(hash)s, %(client)s) AS changed;

-- name: oidc_depart
SELECT gate.oidc_depart(
    %(token_sha256)s, %(state)s, %(nonce)s, %(code_verifier)s, %(target)s, %(lifetime)s,
    %(limit)s::int
) AS remembered;

-- name: oidc_return
SELECT nonce, code_verifier, target FROM gate.oidc_return(%(token_sha256)s, %(state)s);

-- name: oidc_account
SELECT account_id, totp_secret, open FROM gate.oidc_account(%(issuer)s, %(subject)s, %(email)s);

-- name: oidc_ask_code
SELECT gate.oidc_ask_code(
    %(token_sha256)s, %(account_id)s::int, %(issuer)s, %(subject)s, %(lifetime)s
) IS NULL AS asked;

-- name: oidc_take_pending
SELECT account_id, issuer, subject, totp_secret, open
FROM gate.oidc_take_pending(%(token_sha256)s);

-- name: oidc_open_session
SELECT gate.oidc_open_session(
    %(account_id)s::int, %(issuer)s, %(subject)s, %(token_sha256)s, %(lifetime)s, %(idle)s,
    %(totp_step)s::bigint, %(client)s
) AS opened;

-- name: set_second_factor
SELECT gate.set_second_factor(%(token_sha256)s, %(secret)s, %(totp_step)s::bigint, %(client)s)
    AS changed;

-- name: device
SELECT device_id, name, role FROM gate.device(%(token_sha256)s);

-- name: living
-- Which of the tokens of open pages live; asking lets no session live on.
SELECT token_sha256
FROM unnest(%(tokens)s::bytea[]) AS asked (token_sha256)
WHERE EXISTS (SELECT FROM gate.session(token_sha256, false)) OR EXISTS (SELECT FROM gate.device(token_sha256));

-- name: viewer
SELECT account_id, device_id, role, company, sees_all FROM visible.viewer;

-- name: trials
SELECT trial_id, site, site_name, time_zone, line, line_name, key, name, company, company_name,
       source_stream, starts_at, ends_at, access_until, embargo_until, verified
FROM visible.trial
WHERE %(trial)s::numeric IS NULL OR trial_id = %(trial)s
ORDER BY starts_at DESC, trial_id;

-- name: trial_points
SELECT point_id, reference FROM visible.trial_point WHERE trial_id = %(trial)s;

-- name: record
INSERT INTO access_log (account_id, device_id, action, object, trial_id, detail, client)
VALUES (visible.account_id(), visible.device_id(), %(action)s, %(object)s, %(trial)s, %(detail)s,
        %(client)s);

-- name: record_read
-- Opening the same page again within a while is the same reading of it. A line of later than now is from
-- before the clock was set back, and says nothing of now.
INSERT INTO access_log (account_id, device_id, action, object, trial_id, detail, client)
SELECT visible.account_id(), visible.device_id(), 'read', %(object)s, %(trial)s, '{}', %(client)s
WHERE NOT EXISTS (
    SELECT FROM visible.access_log
    WHERE own AND action = 'read' AND object = %(object)s AND trial_id = %(trial)s
      AND at > now() - make_interval(secs => %(again_after_s)s) AND at <= clock_timestamp()
);

-- name: entries
SELECT entry_id, at, who, role, action, object, trial_id, detail, own, client
FROM visible.access_log
WHERE %(trial)s::int IS NULL OR trial_id = %(trial)s::int
ORDER BY at DESC, entry_id DESC
LIMIT %(limit)s;
