"""Database to people.

Promises: no value without its age and quality; no query without a viewer bound to it.
Never: imports `ingest` or `deploy`; writes a reading.
"""
