-- Browsers in which people are told of alarms. The first part is the notifier's, the rest a viewer's.

-- name: devices
-- Those that know our key, of the staff of a site. Apple's show a second notice of the same tag beside the first.
SELECT login, subscription_id, language, endpoint !~ '^https://[^/]+[.]push[.]apple[.]com(:|/)' AS replaces
FROM push_device WHERE site_id = %(site)s AND server_key = %(server_key)s
ORDER BY login, subscription_id;

-- name: device
SELECT endpoint, p256dh, auth FROM push_device
WHERE site_id = %(site)s AND login = %(login)s AND subscription_id = %(subscription)s AND server_key = %(server_key)s;

-- name: outdated
-- What was handed over lately and is no longer so, each notice once.
SELECT DISTINCT ON (n.recipient, n.channel, n.notice ->> 'tag', n.is_answered)
       n.recipient, n.channel, n.notice, n.is_answered, n.answered_by, n.at
FROM outdated_notice n
WHERE n.site_id = %(site)s AND n.handed_over_at >= %(since)s AND NOT EXISTS (
    SELECT FROM message o WHERE o.site_id = n.site_id AND o.unique_key = concat_ws(' ', 'over', n.notice ->> 'tag',
        CASE WHEN n.is_answered THEN 'answered' ELSE 'cleared' END, n.recipient, n.channel))
ORDER BY n.recipient, n.channel, n.notice ->> 'tag', n.is_answered, n.handed_over_at DESC
LIMIT %(limit)s;

-- name: gone
-- The push service has no such browser any more.
DELETE FROM push_subscription WHERE subscription_id = %(subscription)s;

-- name: own
SELECT subscription_id, label, created_at, server_key, digest FROM visible.push_subscription
ORDER BY created_at, subscription_id;

-- name: subscribe
SELECT visible.subscribe_push(
    %(endpoint)s, %(p256dh)s, %(auth)s, %(server_key)s, %(language)s, %(label)s
) IS NULL AS done;

-- name: end
SELECT visible.end_push(%(subscription)s) IS NULL AS done;
