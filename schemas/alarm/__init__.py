"""What an alarm is: the condition that it watches, and how urgent it is.

The catalogue has alarms by role, a site file its own; both become the same definitions, which the
database keeps with their dates. Nothing here asks a database or moves an alarm.
"""
