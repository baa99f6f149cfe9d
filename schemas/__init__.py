"""The shared floor: sites, lines, points, readings, quality, and the SQL that keeps them.

Promises: pure values and text; the only I/O is the migration runner.
Never: imports `ingest`, `dashboard` or `deploy`.
"""
