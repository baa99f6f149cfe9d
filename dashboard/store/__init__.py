"""Each question to the database, in one transaction that is bound to a viewer.

Promises: what comes back is what the views of schema `visible` show that viewer; nothing is
overwritten but a trial that has not begun; the database says who wrote something and when.
Never: decides by itself what somebody may see or write.
"""
