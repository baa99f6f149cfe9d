"""How it runs: the command line, the embedded stack, the demo plant and its replayer.

Promises: starts and stops everything it started; touches nothing outside its own folders.
Never: is imported by `schemas`, `ingest` or `dashboard`.
"""
