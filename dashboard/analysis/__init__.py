"""What the screens know without a screen: key figures, windows, envelopes, local time on an axis.

Pure: no Dash, no database, no clock; time is an argument.
"""
