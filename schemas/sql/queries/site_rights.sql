-- For which sites accounts and wall screens are, as the owner of the tables gives and takes it.

-- name: site_keys
SELECT key FROM site ORDER BY key;

-- name: give_account
INSERT INTO account_site (account_id, site_id)
SELECT account_id, site_id FROM account, site WHERE login = %(name)s AND key = ANY (%(sites)s)
ON CONFLICT DO NOTHING;

-- name: give_device
INSERT INTO device_site (device_id, site_id)
SELECT d.device_id, s.site_id FROM device_token d, site s WHERE d.name = %(name)s AND s.key = ANY (%(sites)s)
ON CONFLICT DO NOTHING;

-- name: take_account
DELETE FROM account_site USING account a, site s
WHERE account_site.account_id = a.account_id AND account_site.site_id = s.site_id
  AND a.login = %(name)s AND s.key = ANY (%(sites)s);

-- name: take_device
DELETE FROM device_site USING device_token d, site s
WHERE device_site.device_id = d.device_id AND device_site.site_id = s.site_id
  AND d.name = %(name)s AND s.key = ANY (%(sites)s);

-- name: every_account
UPDATE account SET all_sites = %(every)s WHERE login = %(name)s;

-- name: every_device
UPDATE device_token SET all_sites = %(every)s WHERE name = %(name)s;

-- name: held_account
SELECT CASE WHEN a.all_sites THEN 'all sites' ELSE coalesce(
    (SELECT string_agg(s.key, ', ' ORDER BY s.key)
     FROM account_site h JOIN site s USING (site_id) WHERE h.account_id = a.account_id), '') END
FROM account a WHERE a.login = %(name)s;

-- name: held_device
SELECT CASE WHEN d.all_sites THEN 'all sites' ELSE coalesce(
    (SELECT string_agg(s.key, ', ' ORDER BY s.key)
     FROM device_site h JOIN site s USING (site_id) WHERE h.device_id = d.device_id), '') END
FROM device_token d WHERE d.name = %(name)s;

-- name: log_account
INSERT INTO access_log (account_id, action, object, detail)
SELECT account_id, 'sites_changed', 'command line', jsonb_build_object('sites', %(sites)s::text)
FROM account WHERE login = %(name)s;

-- name: log_device
INSERT INTO access_log (device_id, action, object, detail)
SELECT device_id, 'sites_changed', 'command line', jsonb_build_object('sites', %(sites)s::text)
FROM device_token WHERE name = %(name)s;
