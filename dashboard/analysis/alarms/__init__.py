"""How much the alarms of a plant ask of its operators, by EEMUA 191 and ISA-18.2 (IEC 62682).

Promises: every figure comes from the occurrences that are passed in, and moments are arguments.
Never: reads a clock or a database.
"""
