"""`python -m deploy.stack`: fetch what the demo and the tests run, and say how long it took."""

import argparse
import logging

from deploy.errors import StackError
from deploy.stack.browser import chromium_path, driver_environment
from deploy.stack.programs import server_programs


def main() -> None:
    """Fetch the server programs, and Chromium with `--browser`."""
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description=__doc__)
    parser.add_argument("--browser", action="store_true", help="fetch Chromium too")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        server_programs()
        if arguments.browser:
            chromium_path()
            driver_environment()
    except StackError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
