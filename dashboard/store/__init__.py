"""What people add to a trial: notes on its data, its journal, its end, its guests, a new trial.

Promises: nothing is overwritten but a trial that has not begun; the database says who wrote it and
when, and refuses what is not theirs.
Never: decides by itself who may write.
"""
