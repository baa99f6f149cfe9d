"""The command line `virtaama`: one module a command, no logic of its own.

Exit codes: 0 done, 1 it could not be done (one clear sentence on stderr), 2 wrong usage, 3 asked
and the answer is no, 130 interrupted.
"""

from deploy.cli.main import main

__all__ = ["main"]
