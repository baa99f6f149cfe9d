"""Calls people to alarms: who is on duty, what is sent to them when, and the outbox of it.

Promises: a message is handed over at least once and never again after that; a hole in the roster is
told to somebody. Never: writes an address or a password of a channel into the database or the log.
"""
