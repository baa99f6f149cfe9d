"""An installation on one machine: database, broker and our processes, kept running by one parent.

Promises: what was started is stopped in reverse order, however the parent ends; what ends by itself
is started again. Never: knows which plant it runs.
"""
