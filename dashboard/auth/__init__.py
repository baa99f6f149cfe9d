"""Who looks, and what follows from it.

Promises: a token or password is kept as a hash only; an unknown name and a wrong password get the
same answer; what was revoked is dead at the next look.
Never: imports Dash; decides what rows a viewer sees, which the views of schema `visible` do.
"""
