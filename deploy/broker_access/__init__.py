"""Who may connect to the broker, and what each may publish or read.

Promises: a company's gateway can publish its own points and read nothing; ingest reads and can
publish nothing; no secret stands in a file, only hashes and the broker's own key.
Never: talks to a broker.
"""
