"""Windows that the states of machines open and close.

Promises that they are those that all states say together, in whatever order these came. Never
changes a reading: that a window is another one lets its readings be judged anew.
"""
