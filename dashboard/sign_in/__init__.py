"""The way in: whoever has no living session gets the sign-in page and nothing else.

Promises: every address is closed unless it stands in `paths.py`; a revoked session is out within
two seconds, open pages included.
Never: decides what a viewer sees; the database does.
"""
