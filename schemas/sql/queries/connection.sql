-- What every connection asks first.

-- name: server
-- The process of the server that answers.
SELECT pg_backend_pid()
