-- Where the demonstration's replay goes on.

-- name: newest
SELECT max(t.ts)
FROM latest t
JOIN point_current p USING (point_id)
WHERE p.site = %(site)s AND t.ts <= %(now)s;

-- name: newest_values
SELECT p.key, t.ts, t.value
FROM latest t
JOIN point_current p USING (point_id)
WHERE p.site = %(site)s AND p.key = ANY(%(points)s) AND t.value IS NOT NULL;
