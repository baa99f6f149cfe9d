-- What a plant consisted of at a moment, and which point meant what, as far as a viewer may see it.

-- name: elements
SELECT element_id, key, kind, name, line, within, source, target
FROM visible.element
WHERE site = %(site)s AND valid_from <= %(at)s AND valid_to > %(at)s
ORDER BY place;

-- name: element_properties
SELECT element_id, property, value, unit
FROM visible.element_property
WHERE valid_from <= %(at)s AND valid_to > %(at)s;

-- name: point_roles
SELECT element_id, role, point_id
FROM visible.point_role
WHERE valid_from <= %(at)s AND valid_to > %(at)s
ORDER BY valid_from;

-- name: key_figures
SELECT key, definition
FROM visible.key_figure
WHERE site = %(site)s AND valid_from <= %(at)s AND valid_to > %(at)s
ORDER BY place;
