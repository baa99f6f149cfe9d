-- In which language a site speaks to whose browser states none of ours. Sites from before this step spoke Finnish.

ALTER TABLE site ADD COLUMN language text NOT NULL DEFAULT 'fi' CHECK (language IN ('fi', 'sv', 'en'));
COMMENT ON COLUMN site.language IS 'for whose browser states none of ours';

CREATE OR REPLACE VIEW visible.site WITH (security_barrier) AS
SELECT s.site_id, s.key, s.name, s.time_zone, s.country, s.language
FROM site s
WHERE s.site_id IN (SELECT site_id FROM viewer_site WHERE sees_all)
   OR s.site_id IN (SELECT l.site_id FROM line l JOIN point p USING (line_id) JOIN point_window g USING (point_id))
   OR s.site_id IN (SELECT l.site_id FROM line l JOIN trial_access t USING (line_id));

-- For the way in, where nobody is known yet: that of the site that was loaded first; no row without a site.
CREATE FUNCTION gate.site_language() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT language FROM public.site ORDER BY site_id LIMIT 1;
END;
REVOKE EXECUTE ON FUNCTION gate.site_language() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gate.site_language() TO virtaama_gate;
