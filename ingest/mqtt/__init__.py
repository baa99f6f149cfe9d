"""From the broker: one client, one thread, one bounded queue.

Promises: a message is acknowledged only when somebody says that it is safe.
Never: looks into a payload.
"""
