"""Bytes to readings, or to named rejections.

Promises: no payload raises an exception, and each part of it is a reading or is named.
Never: writes anything.
"""
