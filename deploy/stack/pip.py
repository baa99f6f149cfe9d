"""pip's wheel from Debian's packages, for a Python that came without `ensurepip`.

Debian leaves `ensurepip` to the package python3-venv. `deploy/bootstrap.sh` runs this file with
the machine's own Python, before there is anything but the standard library.
"""

import logging
import sys
from pathlib import Path

from deploy.errors import FetchError
from deploy.stack.debian import Recipe, provide

RECIPE = Recipe(
    name="pip",
    packages=("python3-pip-whl",),
    without=frozenset({"ca-certificates", "openssl", "libssl3", "libssl3t64", "debconf"}),
    otherwise="Install the package python3-venv.",
)


def pip_wheel() -> Path:
    """Return the wheel, fetching it first if it is not here yet."""
    prefix = provide(RECIPE, lambda _unpacked, _prefix: None)
    return next(prefix.glob("usr/share/python-wheels/pip-*.whl"))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        sys.stdout.write(f"{pip_wheel()}\n")
    except FetchError as error:
        raise SystemExit(str(error)) from None
