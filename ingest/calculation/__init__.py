"""Calculated points: values that follow from those of others, stored like readings.

A process of its own follows the commits of readings. What a commit touched decides which values of
which points are calculated anew, for which stretch of time; what comes out is compared with what is
stored, and the difference written in one transaction with the position. So a late reading corrects
what it made wrong, and a crash neither misses a commit nor works on one twice.

Never here: windows and averages over time (those are key figures), and points of another site.
"""
