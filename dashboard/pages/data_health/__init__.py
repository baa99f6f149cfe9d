"""Data health: which measurements cannot be trusted now, why, and what is to be done first.

Promises: what stands here is what is stored, as far as the viewer sees it. Never changes a value.
"""
