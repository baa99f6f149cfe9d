-- name: lock
SELECT pg_advisory_lock(hashtext('virtaama.migrate'));

-- name: unlock
SELECT pg_advisory_unlock(hashtext('virtaama.migrate'));

-- name: create_ledger
CREATE TABLE IF NOT EXISTS schema_migration (
    number     int PRIMARY KEY,
    title      text NOT NULL,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: has_ledger
SELECT to_regclass('schema_migration') IS NOT NULL;

-- name: applied
SELECT number, title, sha256 FROM schema_migration ORDER BY number;

-- name: record
INSERT INTO schema_migration (number, title, sha256) VALUES (%s, %s, %s);

-- name: database_name
SELECT current_database();

-- name: server_version
SELECT current_setting('server_version_num')::int;

-- name: available_extension
SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb';

-- name: installed_extension
SELECT extversion FROM pg_extension WHERE extname = 'timescaledb';

-- name: rights
-- What the current user lacks to apply migrations that create and grant these roles.
SELECT current_user AS user_name,
       current_database() AS database_name,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schemas,
       has_schema_privilege('public', 'CREATE') AS may_create_tables,
       NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
       AND NOT (SELECT bool_or(trusted) FROM pg_available_extension_versions WHERE name = 'timescaledb')
       AND NOT me.rolsuper AS extension_is_for_superusers,
       ARRAY(SELECT name FROM unnest(%(created)s::text[]) AS wanted (name)
             WHERE NOT me.rolsuper AND NOT me.rolcreaterole
               AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)) AS roles_to_create,
       ARRAY(SELECT rolname::text FROM pg_roles
             WHERE rolname = ANY (%(granted)s::text[])
               AND NOT pg_has_role(oid, 'MEMBER WITH ADMIN OPTION')
             ORDER BY rolname) AS roles_to_grant
FROM pg_roles me WHERE me.rolname = current_user;

-- name: narrow
-- What PostgreSQL gives everybody and nobody needs: temporary tables (but for ingest) and large objects. Done each time:
-- a copy or a restored database has forgotten it. The system's functions are taken only by a superuser.
DO $$
DECLARE
    large_object regprocedure;
BEGIN
    IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO virtaama_ingest', current_database());
    END IF;
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        FOR large_object IN
            SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
                AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite'))
        LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', large_object);
        END LOOP;
    END IF;
END
$$;
