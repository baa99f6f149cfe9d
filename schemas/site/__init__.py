"""The site file: what a plant is, read, checked as a whole, and loaded.

Promises: every error is told at once with file, line and key; loading twice changes nothing.
Never: rewrites what was true before.
"""
