"""The shared floor: what a site, line, point, reading and quality flag are, and the SQL that keeps them.

Promises: pure values and text; the only I/O is the migration runner.
Never: imports `ingest`, `dashboard` or `deploy`.
"""
