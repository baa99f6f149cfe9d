"""Windows of work and verdicts of people, after the fact.

Promises that stored readings are marked by the windows that count, also when one is entered,
changed or taken back later, and that the states of a machine open and close the windows that the
site file asks for. Never changes a value, nor what other checks say of it.
"""
