"""Values on their way to browsers: one LISTEN connection, one snapshot a viewer, one stream a page.

Promises: what was committed is sent within `push_interval_s`; a reader who is too slow is cut off
and starts again with everything, instead of being shown old values.
Never: asks the database once for each page.
"""
