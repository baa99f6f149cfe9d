"""What formulas are computed from over a window: means of points, and what counters counted.

`schemas.formula.evaluation` computes them; docs/formulas.md defines each function.
"""
