"""What the pages flows, energy and quality show: cards, each a question and a figure.

No Dash: a card gets an open transaction and gives a figure with its legend, note and points.
"""
