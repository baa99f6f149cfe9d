-- What our roles, and everybody, hold on what is ours; `schema.txt` says what the migrations gave.

-- name: held
-- Heading and grant in the words of schema.txt. Owners hold all; what an extension brings is looked at below.
WITH ours AS (
    SELECT oid FROM pg_namespace
    WHERE nspname !~ '^(pg_|information_schema)'
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass
                                              AND objid = pg_namespace.oid AND deptype = 'e')
), held AS (
    SELECT 'schema ' || nspname AS heading, a.privilege_type, a.grantee, '' AS of_column
    FROM pg_namespace n, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) a
    WHERE n.oid IN (SELECT oid FROM ours) AND a.grantee NOT IN (nspowner, 'pg_database_owner'::regrole)
    UNION ALL
    SELECT split_part(pg_get_functiondef(p.oid), E'\n', 1), a.privilege_type, a.grantee, ''
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.pronamespace IN (SELECT oid FROM ours) AND p.prokind IN ('f', 'p') AND a.grantee <> p.proowner
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
    UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence '
                          ELSE 'table ' END || c.oid::regclass, a.privilege_type, a.grantee, ''
    FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relnamespace IN (SELECT oid FROM ours) AND a.grantee <> c.relowner
    UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'table ' END
           || c.oid::regclass, a.privilege_type, a.grantee, ' (' || t.attname || ')'
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid, aclexplode(t.attacl) a
    WHERE c.relnamespace IN (SELECT oid FROM ours) AND a.grantee <> c.relowner AND NOT t.attisdropped
)
SELECT heading,
       'grant ' || string_agg(DISTINCT lower_if_function.privilege, ', ' ORDER BY lower_if_function.privilege)
       || of_column || ' to ' || CASE grantee WHEN 0 THEN 'everybody' ELSE grantee::regrole::text END
FROM held, LATERAL (
    SELECT CASE privilege_type WHEN 'EXECUTE' THEN 'execute' ELSE privilege_type END AS privilege
) lower_if_function
GROUP BY heading, of_column, grantee
ORDER BY 1, 2;

-- name: beyond
-- What no migration gives anybody, as the words after "may": in the database, the system and the extension.
SELECT r.rolname, what FROM pg_roles r, LATERAL (
    SELECT 'do everything: it is a superuser' AS what WHERE r.rolsuper
    UNION ALL SELECT 'pass by row-level security' WHERE r.rolbypassrls
    UNION ALL SELECT 'log in' WHERE r.rolcanlogin
    UNION ALL SELECT 'make roles' WHERE r.rolcreaterole
    UNION ALL SELECT 'make databases' WHERE r.rolcreatedb
    UNION ALL SELECT 'act as ' || m.roleid::regrole FROM pg_auth_members m
    WHERE m.member = r.oid AND NOT (r.rolname = 'virtaama_dashboard' AND NOT m.inherit_option
        AND m.roleid IN ('virtaama_viewer'::regrole, 'virtaama_gate'::regrole))
    UNION ALL SELECT 'make schemas' WHERE has_database_privilege(r.oid, current_database(), 'CREATE')
    UNION ALL SELECT 'make temporary tables' WHERE r.rolname <> 'virtaama_ingest'
        AND has_database_privilege(r.oid, current_database(), 'TEMPORARY')
    UNION ALL SELECT 'make things in schema ' || n.nspname FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND has_schema_privilege(r.oid, n.oid, 'CREATE')
    UNION ALL SELECT 'read or write large objects' WHERE EXISTS (
        SELECT FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
          AND (p.proname LIKE 'lo\_%' OR p.proname IN ('loread', 'lowrite'))
          AND has_function_privilege(r.oid, p.oid, 'EXECUTE'))
    UNION ALL SELECT 'read inside of the extension, ' || count(*) || ' tables of ' || n.nspname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname ~ '^_timescaledb' AND c.relkind IN ('r', 'v', 'm', 'p', 'S')
      AND r.rolname <> 'virtaama_ingest' AND has_schema_privilege(r.oid, n.oid, 'USAGE')
      AND has_table_privilege(r.oid, c.oid, 'SELECT')
    GROUP BY n.nspname
) found
WHERE r.rolname IN ('virtaama_viewer', 'virtaama_gate', 'virtaama_dashboard', 'virtaama_ingest')
ORDER BY 1, 2;
