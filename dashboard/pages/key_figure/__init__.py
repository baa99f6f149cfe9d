"""The page of a key figure: the number, its course, and what it came from."""
