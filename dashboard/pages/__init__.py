"""One folder a feature; each knows its layout and its callbacks.

Promises: every answer is asked for a viewer, in a worker thread, and a database that is away
becomes a sentence.
Never: holds state between two requests.
"""
