"""Maintenance: what is being done at instruments and assets, and what people think of readings.

Promises that who, when and why of each window stay in its history. Never changes a value.
"""
