-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'virtaama');

-- name: create_database
CREATE DATABASE virtaama;
