"""The alarms of a site file: read, checked with the rest of the site, and made definitions.

Promises: what the catalogue, a site file and an engineer say is checked by the same rules.
Never: asks a database, or moves an alarm.
"""
