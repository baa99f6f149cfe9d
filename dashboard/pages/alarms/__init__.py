"""Alarms on the screen: the list, each alarm with what to do, and the journal.

Promises: people act on the occurrence that they saw, and each act is in the access log with its
person in the same transaction. Never: shows an alarm, a count or a name that is not the viewer's.
"""
