-- What whoever runs the installation does with accounts and wall screens, as the owner of the tables.

-- name: add_account
INSERT INTO account (login, display_name, role, company_id, password_hash)
VALUES (%(login)s, %(name)s, %(role)s, (SELECT company_id FROM company WHERE key = %(company)s),
        %(hash)s);

-- name: company_exists
SELECT EXISTS (SELECT FROM company WHERE key = %(company)s);

-- name: company_keys
SELECT key FROM company ORDER BY key;

-- name: list_accounts
SELECT a.login, a.display_name AS name, a.role, coalesce(c.key, '') AS company,
       CASE WHEN a.all_sites THEN 'all sites' ELSE coalesce(
           (SELECT string_agg(s.key, ', ' ORDER BY s.key)
            FROM account_site h JOIN site s USING (site_id) WHERE h.account_id = a.account_id), '')
       END AS sites,
       CASE WHEN a.disabled_at IS NOT NULL THEN 'disabled'
            WHEN a.locked_until > now() THEN 'locked'
            WHEN a.must_change_password THEN 'first password'
            ELSE 'open' END AS state,
       a.totp_secret IS NOT NULL AS second_factor, a.oidc_subject IS NOT NULL AS linked,
       (SELECT max(s.last_seen_at) FROM account_session s WHERE s.account_id = a.account_id)
           AS last_seen
FROM account a
LEFT JOIN company c USING (company_id)
ORDER BY a.login;

-- name: disable_account
UPDATE account SET disabled_at = coalesce(disabled_at, now()) WHERE login = %(login)s;

-- name: reset_password
UPDATE account
SET password_hash = %(hash)s, must_change_password = true, failed_attempts = 0, locked_until = NULL,
    disabled_at = NULL
WHERE login = %(login)s;

-- name: set_totp
UPDATE account SET totp_secret = %(secret)s, totp_last_step = NULL WHERE login = %(login)s;

-- name: totp_secrets
SELECT login, totp_secret FROM account WHERE totp_secret IS NOT NULL ORDER BY login FOR UPDATE;

-- name: renew_totp
UPDATE account SET totp_secret = %(secret)s WHERE login = %(login)s;

-- name: link_oidc
UPDATE account SET oidc_issuer = %(issuer)s, oidc_subject = %(subject)s WHERE login = %(login)s;

-- name: revoke_sessions
UPDATE account_session s SET revoked_at = now()
FROM account a
WHERE a.account_id = s.account_id AND a.login = %(login)s AND s.revoked_at IS NULL;

-- name: log_account
INSERT INTO access_log (account_id, action, object)
SELECT account_id, %(action)s, 'command line' FROM account WHERE login = %(login)s;

-- name: add_device
INSERT INTO device_token (name, token_sha256, role, expires_at)
VALUES (%(name)s, %(token_sha256)s, %(role)s, now() + make_interval(days => %(days)s));

-- name: list_devices
SELECT d.name, d.role,
       CASE WHEN d.all_sites THEN 'all sites' ELSE coalesce(
           (SELECT string_agg(s.key, ', ' ORDER BY s.key)
            FROM device_site h JOIN site s USING (site_id) WHERE h.device_id = d.device_id), '')
       END AS sites,
       coalesce(to_char(NULLIF(expires_at, 'infinity'), 'YYYY-MM-DD'), 'never') AS expires,
       CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
            WHEN expires_at <= now() THEN 'expired' ELSE 'valid' END AS state
FROM device_token d ORDER BY d.name;

-- name: revoke_device
UPDATE device_token SET revoked_at = coalesce(revoked_at, now()) WHERE name = %(name)s;

-- name: log_device
INSERT INTO access_log (device_id, action, object)
SELECT device_id, %(action)s, 'command line' FROM device_token WHERE name = %(name)s;
