"""Tells systemd how we are: https://www.freedesktop.org/software/systemd/man/sd_notify.html."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Sends states to the service manager; does nothing where there is none."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Read NOTIFY_SOCKET and WATCHDOG_USEC."""
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog_s = int(environment.get("WATCHDOG_USEC") or 0) / 1e6
        """How long the manager waits for `alive` before it restarts us; 0: it does not."""

    def ready(self) -> None:
        """Say that we have started: what we need may still be away."""
        self._send("READY=1")

    def alive(self) -> None:
        """Say that we work."""
        self._send("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """Show a sentence in `systemctl status`."""
        self._send(f"STATUS={sentence}")

    def stopping(self) -> None:
        """Say that we are about to end."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if self._address:
            # A manager that does not listen is no reason to stop measuring a plant.
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.sendto(state.encode(), self._address)
