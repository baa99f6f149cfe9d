-- What stands on the page of an asset or a stream besides values, as far as the viewer may see it.

-- name: properties
-- What its properties are and were, the newest of each first.
SELECT property, value, unit, NULLIF(valid_from, '-infinity') AS valid_from,
       NULLIF(valid_to, 'infinity') AS valid_to
FROM visible.element_property
WHERE element_id IN (SELECT element_id FROM visible.element WHERE site = %(site)s AND key = %(key)s)
ORDER BY property, visible.element_property.valid_from DESC;

-- name: notes
-- The newest notes on some points that count.
SELECT point_id, from_at, to_at, left(body, %(characters)s) AS body, author
FROM visible.note
WHERE point_id = ANY (%(points)s) AND NOT replaced AND withdrawn_at IS NULL
ORDER BY from_at DESC, written_at DESC
LIMIT %(limit)s;

-- name: instruments
-- Which instruments measured some points, the newest first, in a language.
SELECT point_id, instrument, provenance,
       coalesce(description_names ->> %(language)s, description) AS description, NULLIF(valid_from, '-infinity') AS valid_from,
       NULLIF(valid_to, 'infinity') AS valid_to
FROM visible.assignment
WHERE point_id = ANY (%(points)s) AND instrument IS NOT NULL
ORDER BY point_id, visible.assignment.valid_from DESC
LIMIT %(limit)s;
