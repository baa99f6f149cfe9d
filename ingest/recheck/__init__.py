"""Rechecks: stored readings are judged anew, slice by slice.

Promises: the flags are those that a fresh ingest of the same readings gives now; rollups, `latest`
and whoever follows commits have them in the same transaction; killed anywhere, the next one goes
on. Never changes a value.
"""
