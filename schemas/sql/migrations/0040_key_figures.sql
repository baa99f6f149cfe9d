-- Key figures that a site has beside those of the catalogue, dated as all that a site file says.

CREATE TABLE key_figure (
    key_figure_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id       int NOT NULL REFERENCES site,
    key           text NOT NULL,
    place         int NOT NULL,
    UNIQUE (site_id, key)
);
COMMENT ON COLUMN key_figure.place IS 'in the order of the site file';

CREATE TABLE key_figure_definition (
    key_figure_id int NOT NULL REFERENCES key_figure,
    valid_from    timestamptz NOT NULL,
    definition    jsonb,
    PRIMARY KEY (key_figure_id, valid_from)
);
COMMENT ON COLUMN key_figure_definition.definition IS
    'as a table of the catalogue of key figures: name, formula, unit, boundary …; NULL: it is there no longer';

ALTER TABLE key_figure ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_figure_definition ENABLE ROW LEVEL SECURITY;

-- For who sees the whole site: a name may tell of a company, and a formula is over the whole plant.
CREATE VIEW visible.key_figure WITH (security_barrier) AS
SELECT s.key AS site, k.key, k.place, d.definition, d.valid_from, d.valid_to
FROM (
    SELECT key_figure_id, definition, valid_from,
           lead(valid_from, 1, 'infinity') OVER (PARTITION BY key_figure_id ORDER BY valid_from) AS valid_to
    FROM key_figure_definition
) d
JOIN key_figure k USING (key_figure_id)
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id)
WHERE v.sees_all AND d.definition IS NOT NULL;
GRANT SELECT ON visible.key_figure TO virtaama_viewer;
