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

-- name: server_version
SELECT current_setting('server_version_num')::int;

-- name: available_extension
SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb';

-- name: installed_extension
SELECT extversion FROM pg_extension WHERE extname = 'timescaledb';
