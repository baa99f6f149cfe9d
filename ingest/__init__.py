"""Broker to database.

Promises: a message that was acknowledged is committed, on the spool's disk, or in quarantine.
Never: imports `dashboard` or `deploy`; drops a message; creates a point nobody described.
"""
