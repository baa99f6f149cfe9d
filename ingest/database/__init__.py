"""Into the database: one connection, one transaction for each batch, and what it refuses.

Promises: a batch is stored whole or not at all; rollups and `latest` are exact at each commit.
Never: knows a broker or a spool.
"""
