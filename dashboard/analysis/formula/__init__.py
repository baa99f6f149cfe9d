"""Computes formulas: whole arrays of steps, over any window. Pure.

`inputs` are the points in a window, `functions` what the language's functions compute of them,
`evaluation` walks the tree. docs/formulas.md defines each function.
"""
