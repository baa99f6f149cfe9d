"""What bounds that which a guest, a stranger or a crowd can make grow, so that others feel nothing.

Promises: each limit has a setting with its unit in the name, is counted where it refuses, logged in
a sentence at most once a minute for each who is refused, and said to whoever meets it.
Never: decides what somebody may see. The limits are those of one process; several processes of one
dashboard have them once each.
"""
