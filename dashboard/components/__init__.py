"""What pages are made of: the shell around them, tiles, chips, cards.

Promises: a value always comes with its age, its quality and where it comes from.
Never: asks the database.
"""
