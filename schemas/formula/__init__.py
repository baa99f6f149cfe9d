"""The language of key figures and calculated points: read, checked and bound to a site's roles.

`parser` turns a text into a tree, `checking` computes its unit, `binding` finds the points that a
site has for it, `evaluation` computes whole arrays with `arrays`. Nothing here reads a file or asks
a database; nothing is ever given to `eval`. docs/formulas.md describes the language.
"""
