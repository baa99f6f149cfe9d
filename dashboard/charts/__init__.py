"""Figures as plain Plotly dictionaries: data in, figure out, no database and no clock.

Time axes run in UTC and are labelled in the site's local time (`dashboard/domain/local_axis.py`).
Grounds are transparent, so a figure lies on whatever card it is put on.
"""
