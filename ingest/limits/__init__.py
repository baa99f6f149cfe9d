"""What bounds the ingest: which limits refuse somebody, and that it is counted and said.

Promises: every refusal is in the counter; the log names each who is refused, and is not flooded.
Never: decides what is refused.
"""
