-- A number is drawn for the columns whose defaults draw one, and for no other: a role that may draw could else let us
-- look through any column of any table, however long that takes, and learn which there are.

CREATE OR REPLACE FUNCTION visible.drawn_id(of_table regclass, id_column name) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    drawn int;
    is_taken boolean;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = of_table AND a.attname = id_column
          AND starts_with(pg_get_expr(d.adbin, d.adrelid), 'visible.drawn_id(')
    ) THEN
        RAISE EXCEPTION 'this column draws no numbers' USING ERRCODE = 'insufficient_privilege';
    END IF;
    LOOP
        drawn := 100000000 + floor(random() * 900000000)::int;
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = $1)', of_table, id_column)
        INTO is_taken USING drawn;
        EXIT WHEN NOT is_taken;
    END LOOP;
    RETURN drawn;
END
$$;
