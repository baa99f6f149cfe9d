"""The dashboard of an installation on this machine: its variables, and when it answers."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from deploy.local.totp_key import provide_totp_key
from deploy.stack.ports import LOOPBACK
from deploy.stack.process import Child

PORT_PREFERRED = 8050
TIMEOUT_S = 60.0


def dashboard_environment(port: int, folder: Path) -> Mapping[str, str]:
    """Return the variables of a dashboard that serves this machine, without a proxy.

    The key of second factors is kept in `folder`.
    """
    return {
        "VIRTAAMA_DASHBOARD_HOST": LOOPBACK,
        "VIRTAAMA_DASHBOARD_PORT": str(port),
        "VIRTAAMA_DASHBOARD_SECURE_COOKIES": "false",
        "VIRTAAMA_DASHBOARD_PATH_PREFIX": "",
        "VIRTAAMA_DASHBOARD_TOTP_KEYS": provide_totp_key(folder),
    }


def wait_for_dashboard(dashboard: Child, port: int) -> str:
    """Return the dashboard's address as soon as it serves a page. Raises StartFailed."""
    address = f"http://{LOOPBACK}:{port}/"
    dashboard.wait_until(lambda: _answers(address), timeout_s=TIMEOUT_S)
    return address


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}sign-in", timeout=5):  # noqa: S310 - http, as above
            return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
