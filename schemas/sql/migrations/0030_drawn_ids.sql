-- Numbers that a company meets, in a page, in an answer or in a view, do not tell how many others there are: they
-- are drawn. What has a number keeps it. A site's is still counted: sites are the utility's, and no company's.

CREATE FUNCTION visible.drawn_id(of_table regclass, id_column name) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    drawn int;
    is_taken boolean;
BEGIN
    LOOP
        drawn := 100000000 + floor(random() * 900000000)::int;
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = $1)', of_table, id_column)
        INTO is_taken USING drawn;
        EXIT WHEN NOT is_taken;
    END LOOP;
    RETURN drawn;
END
$$;
COMMENT ON FUNCTION visible.drawn_id IS 'nine digits that no row of a table has';
REVOKE EXECUTE ON FUNCTION visible.drawn_id(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.drawn_id(regclass, name) TO virtaama_viewer;

ALTER TABLE trial ALTER trial_id SET DEFAULT visible.drawn_id('trial', 'trial_id');
DROP FUNCTION visible.drawn_trial_id();

ALTER TABLE line ALTER line_id DROP IDENTITY, ALTER line_id SET DEFAULT visible.drawn_id('line', 'line_id');
ALTER TABLE point ALTER point_id DROP IDENTITY, ALTER point_id SET DEFAULT visible.drawn_id('point', 'point_id');
ALTER TABLE element
    ALTER element_id DROP IDENTITY, ALTER element_id SET DEFAULT visible.drawn_id('element', 'element_id');
ALTER TABLE company
    ALTER company_id DROP IDENTITY, ALTER company_id SET DEFAULT visible.drawn_id('company', 'company_id');
ALTER TABLE account
    ALTER account_id DROP IDENTITY, ALTER account_id SET DEFAULT visible.drawn_id('account', 'account_id');
ALTER TABLE device_token
    ALTER device_id DROP IDENTITY, ALTER device_id SET DEFAULT visible.drawn_id('device_token', 'device_id');
ALTER TABLE note ALTER note_id DROP IDENTITY, ALTER note_id SET DEFAULT visible.drawn_id('note', 'note_id');
ALTER TABLE trial_entry
    ALTER entry_id DROP IDENTITY, ALTER entry_id SET DEFAULT visible.drawn_id('trial_entry', 'entry_id');
ALTER TABLE access_log
    ALTER entry_id DROP IDENTITY, ALTER entry_id SET DEFAULT visible.drawn_id('access_log', 'entry_id');

-- So that lines of one transaction keep their order.
ALTER TABLE access_log ALTER at SET DEFAULT clock_timestamp();
