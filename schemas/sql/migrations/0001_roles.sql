-- Who may do what, before there is anything: the roles, the schemas they look into, and what they need not know.
-- Deny by default: no role but the owner is granted anything on readings or rollups for reading. A viewer sees the
-- views of schema `visible`, which are empty without a viewer; who signs in calls the functions of schema `gate`.

CREATE EXTENSION IF NOT EXISTS timescaledb;

-- Roles belong to the whole server: another database may have made them.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_ingest') THEN
        CREATE ROLE virtaama_ingest NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_viewer') THEN
        CREATE ROLE virtaama_viewer NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_gate') THEN
        CREATE ROLE virtaama_gate NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_dashboard') THEN
        CREATE ROLE virtaama_dashboard NOLOGIN;
    END IF;
END
$$;
-- The dashboard's login may become either, and has no right of its own.
GRANT virtaama_viewer, virtaama_gate TO virtaama_dashboard WITH INHERIT FALSE, SET TRUE;

CREATE SCHEMA visible;
GRANT USAGE ON SCHEMA visible TO virtaama_viewer;

CREATE SCHEMA gate;
GRANT USAGE ON SCHEMA gate TO virtaama_gate;

-- TimescaleDB lets everyone read its catalogue: names and dates of chunks, sizes, jobs. Nobody needs it
-- who only reads or writes readings; the extension itself does not ask. A managed server may refuse.
DO $$
DECLARE
    internal name;
BEGIN
    FOREACH internal IN ARRAY ARRAY[
        '_timescaledb_cache', '_timescaledb_catalog', '_timescaledb_config', '_timescaledb_internal',
        'timescaledb_experimental', 'timescaledb_information'
    ] LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC', internal);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM PUBLIC', internal);
    END LOOP;
    REVOKE USAGE ON SCHEMA timescaledb_experimental, timescaledb_information FROM PUBLIC;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'the catalogue of TimescaleDB stays readable: %', SQLERRM;
END
$$;
