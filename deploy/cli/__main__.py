"""`python -m deploy.cli` is `virtaama`, for children that must run with the same interpreter."""

from deploy.cli.main import main

main()
