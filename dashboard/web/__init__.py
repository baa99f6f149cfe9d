"""What a request brings, read with distrust: who asks, in which language, with which input.

Promises: nothing that a browser sent is believed; a page's address is its whole state.
Never: draws; asks the database for readings.
"""
