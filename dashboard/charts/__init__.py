"""Figures as plain Plotly dictionaries: data in, figure out, no database and no clock.

Time axes count milliseconds and are labelled in the site's local time
(`dashboard/charts/local_time_axis.py`), so that the zone of a browser never matters.
Grounds are transparent, so a figure lies on whatever card it is put on.
"""
