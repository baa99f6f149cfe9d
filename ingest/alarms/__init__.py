"""Alarms: a process that follows commits and moves alarms through the states of ISA-18.2.

An alarm condition that is in the data is raised, once, whatever is restarted: what moved is
committed with the position up to which commits were followed. It never writes a reading, and never
talks to people: the dashboard shows what it wrote, and leaves it what people want done.
"""
