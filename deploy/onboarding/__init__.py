"""From what a plant has, a list of tags or messages that arrive, to the text of a site file.

Promises: what was not said but guessed is marked as a guess in the file; what could not be guessed
stays open and is listed; nothing that exists is overwritten. Never: loads or stores anything.
"""
